import { query, setQuery } from '../../state';
import { nextOrder, readOrder, type Sort } from './driftRows';

const COLUMNS: readonly { sort: Sort | null; label: string; right?: boolean }[] = [
  { sort: 'column', label: 'Column' },
  { sort: 'importance', label: 'Importance', right: true },
  { sort: 'value', label: '', right: true },
  { sort: null, label: 'Trend' },
  { sort: 'missing', label: 'Missing', right: true },
  { sort: 'status', label: 'Status' },
];

/** The heads of the drift table; a click sorts, another turns the order round. */
export function DriftHead({ statistic }: { statistic: string }) {
  const order = readOrder(query.value.sort, query.value.dir);
  const choose = (sort: Sort): void => {
    const next = nextOrder(order, sort);
    setQuery({ sort: next.sort, dir: next.direction });
  };
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ sort, label, right }) => (
          <th
            key={label}
            scope="col"
            class={right ? 'right' : ''}
            aria-sort={sort === order.sort ? (order.direction === 'asc' ? 'ascending' : 'descending') : undefined}
          >
            {sort === null ? (
              label
            ) : (
              <button type="button" data-testid={`sort-${sort}`} onClick={() => choose(sort)} title={TITLES[sort]}>
                {sort === 'value' ? statistic : label}
                <i class="sorter" aria-hidden="true">
                  {sort === order.sort ? (order.direction === 'asc' ? '↑' : '↓') : ''}
                </i>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}

const TITLES: Record<Sort, string> = {
  column: 'By name',
  importance: 'Share of the sum of mean |SHAP| in this window',
  value: 'By the value of the statistic',
  missing: 'Share of rows without a value in this window',
  status: 'Drifted first',
};
