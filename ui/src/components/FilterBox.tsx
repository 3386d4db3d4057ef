import { useEffect, useState } from 'preact/hooks';
import { volume } from '../api/endpoints';
import type { VersionAnswer } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { scopeOf } from '../pages/overview/page';
import { query, setQuery } from '../state';
import { Icon } from './icons';

/** The filter that the whole page is about; what is wrong with it stands right under it. */
export function FilterBox({ version }: { version: VersionAnswer }) {
  const applied = query.value.where;
  const [typed, type] = useState(applied);
  useEffect(() => type(applied), [applied]);
  const { error } = useAnswer(volume(scopeOf(version)));
  const wrong = applied && error?.status === 400 ? error.detail : null;
  const clear = (): void => {
    type('');
    setQuery({ where: '' });
  };
  return (
    <form
      class="slice-filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setQuery({ where: typed.trim() });
      }}
    >
      <label class={wrong ? 'field wrong' : 'field'}>
        <Icon name="search" size={13} />
        <input
          placeholder='Filter, such as country == "DE" and age > 30'
          aria-label="Filter rows by an expression, then Enter"
          aria-invalid={wrong !== null}
          aria-describedby={wrong ? 'filter-wrong' : undefined}
          data-testid="filter"
          spellcheck={false}
          autocomplete="off"
          maxLength={2000}
          value={typed}
          onInput={(event) => type(event.currentTarget.value)}
        />
        {(applied || typed) && (
          <button type="button" class="filter-clear" aria-label="Clear the filter" title="Clear the filter" onClick={clear}>
            <Icon name="close" size={12} />
          </button>
        )}
      </label>
      {wrong && (
        <p class="filter-wrong" id="filter-wrong" role="alert" data-testid="filter-wrong">
          Not applied: {wrong}
        </p>
      )}
    </form>
  );
}
