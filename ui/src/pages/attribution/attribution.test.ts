import { describe, expect, it } from 'vitest';
import type { AttributionFeature, DriftColumn, DriftStatus, FeatureAttribution } from '../../api/types';
import { attributionTable, coverageOf, impactText, intervalOf, mostImpact, rankText, reach, rowsOf, sortRows } from './attribution';

const feature = (given: Partial<FeatureAttribution>): AttributionFeature => ({
  total: {
    feature: 'age',
    n: 900,
    coverage: 0.9,
    mean_absolute: 0.4,
    lower: 0.38,
    upper: 0.42,
    mean: 0.1,
    mean_lower: 0.08,
    mean_upper: 0.12,
    importance: 0.5,
    rank: 1,
    n_reference: 0,
    mean_absolute_reference: null,
    mean_reference: null,
    importance_reference: null,
    rank_reference: null,
    rank_change: null,
    effect: null,
    p_value: null,
    real: null,
    null: null,
    watch_at: 0.05,
    drifted_at: 0.1,
    status: 'no_reference',
    reason: 'the reference has no SHAP values of it',
    ...given,
  },
  series: { mean_absolute: [], mean: [], importance: [], n: [] },
});
const drift = (column: string, impact: number | null, status: DriftStatus = 'drifted'): DriftColumn =>
  ({ total: { column, status, value: 0.3, statistic: 'psi' }, series: {}, importance: 0.1, impact }) as unknown as DriftColumn;

const features = [feature({}), feature({ feature: 'income', rank: 2, mean_absolute: 0.2, coverage: 1, n: 1000 }), feature({ feature: 'zip', rank: 3, mean_absolute: 0.1 })];
const names = (rows: readonly AttributionFeature[]): string[] => rows.map(({ total }) => total.feature);

describe('features', () => {
  const rows = rowsOf({ features }, { columns: [drift('income', 0.9), drift('age', 0.1)] });
  it('have those first whose drift weighs most, what has no drift last', () => {
    expect(names(sortRows(rows, '', 'desc'))).toEqual(['income', 'age', 'zip']);
    expect(names(sortRows(rows, 'impact', 'asc'))).toEqual(['age', 'income', 'zip']);
  });
  it('keep the order of importance where nothing is compared', () => expect(names(sortRows(rowsOf({ features }, null), 'impact', 'desc'))).toEqual(['age', 'income', 'zip']));
  it('are sorted by what the URL names', () => expect(names(sortRows(rows, 'rank', 'desc'))).toEqual(['zip', 'income', 'age']));
  it('are found by a part of their name', () => expect(names(rowsOf({ features }, null, ' INC'))).toEqual(['income']));
  it('as a table leave empty what is not known', () => {
    const table = attributionTable(rows);
    expect(table.rows[2]?.[table.columns.indexOf('Impact')]).toBeNull();
    expect(table.rows[1]?.[table.columns.indexOf('n')]).toBe(1000);
  });
});

describe('where to look first', () => {
  it('is the feature that drifted and decides most', () => {
    expect(mostImpact(rowsOf({ features }, { columns: [drift('age', 5, 'ok'), drift('income', 0.2, 'watch'), drift('zip', 0.1)] }))?.total.feature).toBe('income');
  });
  it('is nowhere when nothing that decides has drifted', () => {
    expect(mostImpact(rowsOf({ features }, { columns: [drift('age', 5, 'ok'), drift('income', 0)] }))).toBeNull();
    expect(mostImpact(rowsOf({ features }, null))).toBeNull();
  });
});

describe('figures', () => {
  it('say how many rows carry values', () => {
    expect(coverageOf(features)).toEqual({ least: 0.9, most: 1, n: 1000 });
    expect(coverageOf([])).toBeNull();
  });
  it('let bars reach to the highest bound, the reference included', () => {
    expect(reach(features)).toBe(0.42);
    expect(reach([feature({ mean_absolute_reference: 0.8 })])).toBe(0.8);
    expect(reach([])).toBe(0);
  });
  it('name a change of rank, and none', () => expect([2, -1, 0, null].map(rankText)).toEqual(['↑2', '↓1', 'same', '']));
  it('have no interval of one value', () => expect(intervalOf({ lower: null, upper: null })).toBeNull());
  it('never write 0.000 for what is not 0', () => expect([0, 0.0001, 0.25].map(impactText)).toEqual(['0.000', '<0.001', '0.250']));
});
