import { Downloads } from '../../charts/ChartCard';
import { useState } from 'preact/hooks';
import { rows } from '../../api/endpoints';
import type { VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Icon } from '../../components/icons';
import { LedgerStrip } from '../../components/LedgerStrip';
import { Segmented } from '../../components/Segmented';
import { Loaded } from '../../components/states';
import { asked, query, setQuery } from '../../state';
import { RowDrawer } from './RowDrawer';
import { RowTable } from './RowTable';
import { rowsTable } from '../tables';
import { useTail } from './useTail';

const PAGE = 50;

/** The rows themselves, newest first; one of them by its data_id. */
export function Predictions({ version }: { version: VersionAnswer }) {
  const { cursor, actual, row } = query.value;
  const { fqn } = version.registered;
  const page = useAnswer(rows({ fqn, ...asked.value }, { limit: PAGE, cursor, actual_required: actual === 'yes' }));
  const [pointed, point] = useState(false);
  const tail = useTail(page, `${fqn} ${cursor} ${actual} ${query.value.range} ${query.value.start}`, pointed || row !== '');
  return (
    <div class="stack">
      <section class="card flush" aria-labelledby="rows-title">
        <div class="card-head">
          <h2 id="rows-title">Predictions</h2>
          <span class="muted">newest first</span>
          <div class="grow" />
          <Segmented
            label="Which rows"
            options={[
              { key: '', label: 'All' },
              { key: 'yes', label: 'With actual' },
            ]}
            value={actual === 'yes' ? 'yes' : ''}
            onChoose={(key) => setQuery({ actual: key, cursor: '' })}
          />
          <Lookup />
          {tail.shown && <Downloads name={`predictions-${fqn}`} table={() => rowsTable(fqn, tail.shown?.rows ?? [])} heading={{ title: 'Predictions', about: fqn }} />}
        </div>
        {tail.fresh > 0 && (
          <button type="button" class="new-rows" onClick={tail.show}>
            {tail.fresh >= PAGE ? `${PAGE}+` : tail.fresh} new
          </button>
        )}
        <Loaded asked={{ ...page, data: tail.shown }} height={480}>
          {(data) => (
            <div onPointerEnter={() => point(true)} onPointerLeave={() => point(false)}>
              <RowTable rows={data.rows} version={version} />
            </div>
          )}
        </Loaded>
        <div class="table-foot">
          <span class="muted small">Times are UTC, when the prediction happened.</span>
          <div class="grow" />
          <button type="button" class="button" disabled={!cursor} onClick={() => turn('')}>
            Newest
          </button>
          <button type="button" class="button" disabled={!tail.shown?.next_cursor} data-testid="older" onClick={() => turn(tail.shown?.next_cursor ?? '')}>
            Older
            <Icon name="right" size={13} />
          </button>
        </div>
      </section>
      <LedgerStrip version={version} />
      {row && <RowDrawer version={version} dataId={row} ids={tail.shown?.rows.map((shown) => shown.data_id) ?? []} />}
    </div>
  );
}

function turn(cursor: string): void {
  setQuery({ cursor });
  scrollTo(0, 0);
}

/** One row by its id, whatever the range. */
function Lookup() {
  const [wanted, want] = useState('');
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted.trim()) setQuery({ row: wanted.trim() });
      }}
    >
      <label class="field lookup">
        <Icon name="search" size={13} />
        <input placeholder="Find a data_id, then Enter" aria-label="Find a data_id" data-testid="lookup" value={wanted} onInput={(event) => want(event.currentTarget.value)} />
      </label>
    </form>
  );
}
