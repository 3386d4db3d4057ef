import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { DriftAnswer, DriftColumn, ReferenceAnswer, VersionAnswer } from '../../api/types';
import { Downloads } from '../../charts/ChartCard';
import type { Span } from '../../charts/scale';
import type { DataTable } from '../../charts/table';
import { Icon } from '../../components/icons';
import { Segmented } from '../../components/Segmented';
import { useVirtual } from '../../components/useVirtual';
import { int } from '../../format';
import { lawText, referenceText } from '../../references';
import { query, setQuery } from '../../state';
import { DriftHead } from './DriftHead';
import { DriftRow } from './DriftRow';
import { filterColumns, isDrifting, readOrder, rowAfter, sortColumns } from './driftRows';
import { about } from './page';
import { titleOf, type Catalogue } from './metrics';

interface DriftTableProps {
  version: VersionAnswer;
  drift: DriftAnswer;
  chosen: string | null;
  catalogue: Catalogue;
}

const ROW = 37;
const HEAD = 30;
const MOST_HEIGHT = HEAD + 18 * ROW;

/** Every column against its reference, drifted ones first. Only the rows in sight are drawn. */
export function DriftTable({ version, drift, chosen, catalogue }: DriftTableProps) {
  const { q, show, sort, dir } = query.value;
  const rows = useMemo(() => sortColumns(filterColumns(drift.columns, q, show), readOrder(sort, dir)), [drift, q, show, sort, dir]);
  const drifting = drift.columns.filter(isDrifting).length;
  const reference = drift.reference;
  const heading = { title: 'Column drift', about: about(version, drift.window, reference?.name) };
  return (
    <section class="card flush drift" aria-labelledby="drift-title" data-testid="drift">
      <div class="card-head">
        <h2 id="drift-title">Column drift</h2>
        <span class="muted">
          {reference ? `${titleOf(drift.statistic, catalogue)} against ${againstText(drift, reference)}` : 'no reference yet'}
        </span>
        <div class="grow" />
        <Segmented
          label="Show"
          options={[
            { key: 'all', label: `All ${drift.columns.length}` },
            { key: 'drifted', label: `Drifting ${drifting}` },
          ]}
          value={show === 'drifted' ? 'drifted' : 'all'}
          onChoose={(key) => setQuery({ show: key === 'all' ? '' : key })}
        />
        <label class="field drift-filter">
          <Icon name="search" size={13} />
          <input
            data-testid="drift-filter"
            placeholder="Filter columns"
            aria-label="Filter columns"
            value={q}
            onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
          />
        </label>
        <div class="chart-tools">
          <Downloads name="column drift" table={() => driftTable(rows)} heading={heading} />
        </div>
      </div>
      <Rows rows={rows} chosen={chosen} drift={drift} catalogue={catalogue} />
    </section>
  );
}

/** What was compared with, on how many rows, and by which law. */
function againstText(drift: DriftAnswer, reference: ReferenceAnswer): string {
  const law = lawText(drift.columns);
  return `${referenceText(reference.name)}, ${int(drift.slice?.reference_n ?? reference.n)} rows${law && `, ${law}`}`;
}

interface RowsProps {
  rows: readonly DriftColumn[];
  chosen: string | null;
  drift: DriftAnswer;
  catalogue: Catalogue;
}

function Rows({ rows, chosen, drift, catalogue }: RowsProps) {
  const { box, first, last, before, after } = useVirtual(rows.length, ROW);
  const keyed = useRef(false);
  const at = rows.findIndex((row) => row.total.column === chosen);
  useLayoutEffect(() => {
    const row = keyed.current ? box.current?.querySelector<HTMLElement>('tr[aria-selected="true"]') : null;
    if (!row) return; // not drawn yet: the scrolling draws it, and this runs again
    keyed.current = false;
    row.focus({ preventScroll: true });
  }, [chosen, first, last]);
  const { q, show, sort, dir } = query.value;
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [q, show, sort, dir]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = event.altKey || event.ctrlKey || event.metaKey ? null : rowAfter(event.key, at, rows.length);
    const row = to === null ? undefined : rows[to];
    if (!row || (event.target as Element).closest('button')) return;
    event.preventDefault();
    keyed.current = true;
    if (box.current) keepInSight(box.current, to ?? 0);
    setQuery({ column: row.total.column }, { replace: true });
  };
  const highest = scaleOf(drift);
  const importance = Math.max(...drift.columns.map((column) => column.importance ?? 0), 1e-9);
  return (
    <div
      class="table-wrap drift-rows"
      ref={box}
      style={{ maxHeight: `${MOST_HEIGHT}px` }}
      onKeyDown={onKeyDown}
    >
      <table class="table" aria-rowcount={rows.length + 1} data-testid="drift-table">
        <caption class="sr">Drift of each column against the reference; arrow keys move between rows</caption>
        <DriftHead statistic={titleOf(drift.statistic, catalogue)} />
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {rows.slice(first, last).map((row, index) => (
            <DriftRow
              key={row.total.column}
              row={row}
              index={first + index}
              chosen={first + index === at}
              focusable={first + index === Math.max(at, 0)}
              scale={highest}
              importance={importance}
            />
          ))}
          {after > 0 && <Spacer height={after} />}
          {rows.length === 0 && (
            <tr class="no-rows">
              <td colSpan={6}>
                No column matches.{' '}
                <button type="button" class="link" onClick={() => setQuery({ q: '', show: '' })}>
                  Clear the filters
                </button>
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const Spacer = ({ height }: { height: number }) => (
  <tr class="spacer" aria-hidden="true">
    <td colSpan={6} style={{ height: `${height}px` }} />
  </tr>
);

function keepInSight(wrap: HTMLElement, row: number): void {
  const top = row * ROW;
  const room = wrap.clientHeight - HEAD;
  if (top < wrap.scrollTop) wrap.scrollTop = top;
  else if (top + ROW > wrap.scrollTop + room) wrap.scrollTop = top + ROW - room;
}

/** One scale for all trends, so that heights compare down the column; what exceeds it is drawn at its top. */
function scaleOf(drift: DriftAnswer): Span {
  const limit = drift.columns.find((column) => column.total.drifted_at !== null)?.total.drifted_at;
  const values = drift.columns.map((column) => column.total.value ?? 0);
  return [0, limit ? limit * 1.4 : Math.max(...values, 0.01)];
}

function driftTable(rows: readonly DriftColumn[]): DataTable {
  return {
    caption: 'Drift of each column',
    columns: ['Column', 'Role', 'Kind', 'Importance', 'Statistic', 'Value', 'Expected', 'p-value', 'Status', 'Missing', 'Missing in reference', 'Reference', 'n', 'n reference'],
    rows: rows.map(({ total, importance }) => [
      total.column,
      total.role,
      total.kind,
      importance,
      total.statistic,
      total.value,
      total.expected,
      total.p_value,
      total.status,
      total.missing_share,
      total.missing_share_reference,
      total.reference,
      total.n,
      total.n_reference,
    ]),
  };
}
