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
