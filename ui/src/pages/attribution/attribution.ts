/** What the page of attributions says, from two answers: what each feature decides, and how much it drifted. */
import type { AttributionAnswer, AttributionFeature, DriftAnswer, DriftColumn, FeatureAttribution } from '../../api/types';
import { extent } from '../../charts/scale';
import type { DataTable } from '../../charts/table';
import { number } from '../../format';
import { sortedBy } from '../../order';
import { SEVERITY } from '../../statuses';

export interface FeatureRow extends AttributionFeature {
  /** Its drift; null where the feature is no monitored column. */
  drift: DriftColumn | null;
}

export const SORTS = ['feature', 'mean_absolute', 'rank', 'importance', 'drift', 'impact', 'n', 'status'] as const;
export type Sort = (typeof SORTS)[number];

/** Each feature with its drift, those of the filter only. */
export function rowsOf(answer: Pick<AttributionAnswer, 'features'>, drift: Pick<DriftAnswer, 'columns'> | null, text = ''): FeatureRow[] {
  const columns = new Map(drift?.columns.map((column) => [column.total.column, column]));
  const wanted = text.trim().toLowerCase();
  return answer.features.filter(({ total }) => total.feature.toLowerCase().includes(wanted)).map((feature) => ({ ...feature, drift: columns.get(feature.total.feature) ?? null }));
}

const FIGURES: Record<Sort, (row: FeatureRow) => number | string | null> = {
  feature: ({ total }) => total.feature,
  mean_absolute: ({ total }) => total.mean_absolute,
  rank: ({ total }) => total.rank,
  importance: ({ total }) => total.importance,
  drift: ({ drift }) => drift?.total.value ?? null,
  impact: ({ drift }) => drift?.impact ?? null,
  n: ({ total }) => total.n,
  status: ({ total }) => -SEVERITY[total.status],
};

/** Sorted by a figure, what has none last; ties by importance, as the server gives them. */
export const sortRows = (rows: readonly FeatureRow[], sort: string, dir: 'asc' | 'desc'): FeatureRow[] =>
  sortedBy(rows, FIGURES[SORTS.find((known) => known === sort) ?? 'impact'], dir);

/** How far the bars reach: to the highest bound, the reference's values included. */
export const reach = (features: readonly AttributionFeature[]): number => extent(features.flatMap(({ total }) => [total.mean_absolute, total.upper, total.mean_absolute_reference]))?.[1] ?? 0;

/** A change of rank: how many places up or down. */
export function rankText(change: number | null): string {
  if (change === null) return '';
  return change === 0 ? 'same' : `${change > 0 ? '↑' : '↓'}${Math.abs(change)}`;
}

/** An impact with three decimals, never 0.000 for what is not 0. */
export const impactText = (impact: number): string => (impact !== 0 && impact < 0.0005 ? '<0.001' : impact.toFixed(3));

/** Of the features that drifted or are watched, the one with the highest impact; null where none decides anything. */
export function mostImpact(rows: readonly FeatureRow[]): FeatureRow | null {
  const moved = rows.filter(({ drift }) => drift && (drift.total.status === 'drifted' || drift.total.status === 'watch') && (drift.impact ?? 0) > 0);
  return sortRows(moved, 'impact', 'desc')[0] ?? null;
}

/** The lowest and the highest share of rows that carry a SHAP value of a feature; null without any. */
export function coverageOf(features: readonly AttributionFeature[]): { least: number; most: number; n: number } | null {
  const found = extent(features.map(({ total }) => total.coverage));
  return found && { least: found[0], most: found[1], n: Math.max(...features.map(({ total }) => total.n)) };
}

export const intervalOf = ({ lower, upper }: Pick<FeatureAttribution, 'lower' | 'upper'>): string | null => (lower === null || upper === null ? null : `${number(lower)} – ${number(upper)}`);

export function attributionTable(rows: readonly FeatureRow[]): DataTable {
  return {
    caption: 'What each feature decides',
    columns: ['Feature', 'Mean |SHAP|', 'Lower 95 %', 'Upper 95 %', 'Reference', 'Mean SHAP', 'Rank', 'Rank in reference', 'Change of rank', 'Importance', 'Importance in reference', 'Drift statistic', 'Drift', 'Impact', 'Coverage', 'n', 'n reference', 'p-value', 'Status', 'Reason'],
    rows: rows.map(({ total, drift }) => [
      total.feature,
      total.mean_absolute,
      total.lower,
      total.upper,
      total.mean_absolute_reference,
      total.mean,
      total.rank,
      total.rank_reference,
      total.rank_change,
      total.importance,
      total.importance_reference,
      drift?.total.statistic ?? null,
      drift?.total.value ?? null,
      drift?.impact ?? null,
      total.coverage,
      total.n,
      total.n_reference,
      total.p_value,
      total.status,
      total.reason,
    ]),
  };
}
