/** The figures of the strip at the top, each from what the server said and nothing else. */
import type { DriftAnswer, DriftColumn, DriftStatus, VolumeAnswer } from '../../api/types';
import { toMs } from '../../format';
import { SEVERITY } from '../../statuses';

const DAY_MS = 86_400_000;
/** A missing share has moved from one percentage point on. */
export const MISSING_MOVED = 0.01;

export function perDay(volume: Pick<VolumeAnswer, 'n_predictions' | 'window'>): number {
  const days = (toMs(volume.window.end) - toMs(volume.window.start)) / DAY_MS;
  return days > 0 ? volume.n_predictions / days : 0;
}

/** Share of predictions with an actual per window; null where there were no predictions. */
export function coverageOf(volume: Pick<VolumeAnswer, 'predictions' | 'with_actual'>): (number | null)[] {
  return volume.predictions.map((n, index) => (n > 0 ? (volume.with_actual[index] ?? 0) / n : null));
}

export interface DriftCount {
  features: number;
  drifted: number;
  watch: number;
  /** One status a feature, worst first. */
  statuses: DriftStatus[];
}

export function countDrift(drift: Pick<DriftAnswer, 'columns'>): DriftCount {
  const statuses = drift.columns
    .filter((column) => column.total.role === 'feature')
    .map((column) => column.total.status)
    .sort((one, other) => SEVERITY[one] - SEVERITY[other]);
  const count = (status: DriftStatus): number => statuses.filter((one) => one === status).length;
  return { features: statuses.length, drifted: count('drifted'), watch: count('watch'), statuses };
}

/** How much more of a column is missing than in the reference; null when one of them is not known. */
export function missingShift({ total }: DriftColumn): number | null {
  const { missing_share: now, missing_share_reference: before } = total;
  return now === null || before === null ? null : now - before;
}

export interface MissingHint {
  column: string;
  share: number;
  reference: number | null;
  moved: boolean;
}

/** The feature whose missing share rose most above its reference, else the one with the most missing. */
export function mostMissing(columns: readonly DriftColumn[]): MissingHint | null {
  const known = columns.filter((column) => column.total.role === 'feature' && column.total.missing_share !== null);
  const weight = (column: DriftColumn): number => missingShift(column) ?? column.total.missing_share ?? 0;
  const top = known.reduce<DriftColumn | null>((most, column) => (most && weight(most) >= weight(column) ? most : column), null);
  if (!top) return null;
  const share = top.total.missing_share ?? 0;
  return { column: top.total.column, share, reference: top.total.missing_share_reference, moved: (missingShift(top) ?? 0) >= MISSING_MOVED };
}
