import type { FleetVersion } from './api/types';
import { SEVERITY } from './statuses';

/** Versions that need looking at before those that do not; then by name, newest version first. */
export function worstFirst(one: FleetVersion, other: FleetVersion): number {
  return (
    SEVERITY[one.status] - SEVERITY[other.status] ||
    one.ml_repo.localeCompare(other.ml_repo) ||
    one.model.localeCompare(other.model) ||
    other.version - one.version
  );
}

/** Sorted by a figure; what has none comes last either way. */
export function sortedBy<Row>(rows: readonly Row[], figure: (row: Row) => number | string | null, dir: 'asc' | 'desc'): Row[] {
  const sign = dir === 'asc' ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [figure(one), figure(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * (typeof a === 'string' ? a.localeCompare(String(b)) : a - Number(b));
  });
}
