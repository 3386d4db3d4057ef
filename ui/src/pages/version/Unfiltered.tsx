import type { ComponentChildren } from 'preact';
import { Empty } from '../../components/states';
import { query, setQuery } from '../../state';

/** Nothing is shown because of the filter, and how to get rid of it. */
export const Unfiltered = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <section class="card">
    <Empty title={title} icon="search">
      <p>{children}</p>
      <button type="button" class="button primary" data-testid="no-filter" onClick={() => setQuery({ where: '' })}>
        Clear the filter
      </button>
    </Empty>
  </section>
);

/** No number stands beside a filter that it does not follow. */
export const WrongFilter = () => (
  <Unfiltered title="This filter cannot be applied">Nothing is shown, so that no number stands beside a filter that it does not follow.</Unfiltered>
);

/** Rows there are, but none that the filter picks. */
export const NoMatch = () => (
  <Unfiltered title="No prediction matches the filter">
    <code>{query.value.where}</code> holds of no row in this range. A row without the value is left out; <code>is null</code> finds it.
  </Unfiltered>
);
