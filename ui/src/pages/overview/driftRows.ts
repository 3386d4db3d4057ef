/** Which rows the drift table shows, and in which order. */
import type { DriftColumn } from '../../api/types';
import { SEVERITY } from '../../statuses';

export const SORTS = ['status', 'column', 'importance', 'value', 'missing'] as const;
export type Sort = (typeof SORTS)[number];
export type Direction = 'asc' | 'desc';
export interface Order {
  sort: Sort;
  direction: Direction;
}

/** The order that a URL names: drifted first unless it says otherwise. */
export function readOrder(sort: string, direction: string): Order {
  const known = SORTS.find((one) => one === sort) ?? 'status';
  return { sort: known, direction: direction === 'asc' || direction === 'desc' ? direction : startOf(known) };
}

/** The order after a click on a column's head. */
export function nextOrder(now: Order, sort: Sort): Order {
  if (now.sort !== sort) return { sort, direction: startOf(sort) };
  return { sort, direction: now.direction === 'asc' ? 'desc' : 'asc' };
}

const startOf = (sort: Sort): Direction => (sort === 'column' ? 'asc' : 'desc');

const KEYS: Record<Exclude<Sort, 'column'>, (column: DriftColumn) => number | null> = {
  status: (column) => -SEVERITY[column.total.status],
  importance: (column) => column.importance,
  value: (column) => column.total.value,
  missing: (column) => column.total.missing_share,
};

/** Sorted by the key, then by the statistic and the importance; what has no figure stays last whichever way one sorts. */
export function sortColumns(columns: readonly DriftColumn[], { sort, direction }: Order): DriftColumn[] {
  const sign = direction === 'asc' ? 1 : -1;
  const byName = (one: DriftColumn, other: DriftColumn): number => one.total.column.localeCompare(other.total.column, 'en');
  if (sort === 'column') return [...columns].sort((one, other) => sign * byName(one, other));
  const key = KEYS[sort];
  return [...columns].sort(
    (one, other) =>
      ranked(key(one), key(other), sign) ||
      ranked(one.total.value, other.total.value, -1) ||
      ranked(one.importance, other.importance, -1) ||
      byName(one, other),
  );
}

function ranked(one: number | null, other: number | null, sign: number): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return sign * (one - other);
}

export const isDrifting = ({ total }: DriftColumn): boolean => total.status === 'drifted' || total.status === 'watch';

export function filterColumns(columns: readonly DriftColumn[], text: string, show: string): DriftColumn[] {
  const wanted = text.trim().toLowerCase();
  return columns.filter((column) => (show !== 'drifted' || isDrifting(column)) && column.total.column.toLowerCase().includes(wanted));
}

/** Where a key leads from row `now`; null when it leads nowhere. */
export function rowAfter(key: string, now: number, count: number): number | null {
  const places: Record<string, number> = {
    ArrowDown: now + 1,
    j: now + 1,
    ArrowUp: now - 1,
    k: now - 1,
    PageDown: now + 10,
    PageUp: now - 10,
    Home: 0,
    End: count - 1,
  };
  const to = places[key];
  return to === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, to));
}
