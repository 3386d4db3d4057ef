import { query, setQuery } from '../state';

interface SortHeadProps {
  column: string;
  label: string;
  /** How the table is sorted when the URL does not say. */
  standard: { sort: string; dir: 'asc' | 'desc' };
  right?: boolean;
  /** The direction of the first click. */
  first?: 'asc' | 'desc';
}

export interface Sorting {
  sort: string;
  dir: 'asc' | 'desc';
}

/** The sorting that the URL names, or the standard one. */
export function sorting(standard: Sorting): Sorting {
  const { sort, dir } = query.value;
  return sort ? { sort, dir: dir === 'asc' ? 'asc' : 'desc' } : standard;
}

/** A column's head that sorts; the sorting is part of the URL. */
export function SortHead({ column, label, standard, right = false, first = 'desc' }: SortHeadProps) {
  const { sort, dir } = sorting(standard);
  const active = sort === column;
  const mark = (
    <span class="sorter" aria-hidden="true">
      {active ? (dir === 'asc' ? '↑' : '↓') : ''}
    </span>
  );
  const next = active ? (dir === 'asc' ? 'desc' : 'asc') : first;
  return (
    <th class={right ? 'right' : undefined} scope="col" aria-sort={active ? (dir === 'asc' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" onClick={() => setQuery({ sort: column, dir: next })}>
        {right && mark}
        {label}
        {!right && mark}
      </button>
    </th>
  );
}
