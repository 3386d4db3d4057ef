import { describe, expect, it } from 'vitest';
import type { CatalogueEntry, DriftColumn, DriftVerdict, MetricValue, VersionAnswer } from '../../api/types';
import { figureText } from './columnTable';
import { filterColumns, nextOrder, readOrder, rowAfter, sortColumns } from './driftRows';
import { absence, compare, differenceText, headlines, isOwn, keyMetric, metricDomain, titleOf, type Catalogue } from './metrics';
import { countDrift, coverageOf, mostMissing, perDay } from './numbers';
import { referenceSnippet } from './snippet';
import { probability, reasons, statisticText } from './why';

const verdict = (given: Partial<DriftVerdict>): DriftVerdict => ({
  column: 'a',
  role: 'feature',
  kind: 'numeric',
  statistic: 'psi',
  value: 0.01,
  error_bound: 0,
  status: 'ok',
  reason: null,
  reference: 'training',
  n_reference: 80_000,
  n: 1_000,
  expected: 0.009,
  effect: 0.001,
  p_value: 0.4,
  null: 'windows of the reference',
  chunks: 60,
  dispersion: 1,
  effective_n: 1_000,
  watch_at: 0.1,
  drifted_at: 0.25,
  missing_share: 0,
  missing_share_reference: 0,
  ...given,
});
const column = (given: Partial<DriftVerdict>, importance: number | null = null): DriftColumn => ({
  total: verdict(given),
  series: { value: [], status: [], n: [], expected: [] },
  importance,
  impact: null,
});
const metric = (given: Partial<MetricValue>): MetricValue => ({
  metric: 'f1',
  value: 0.8,
  lower: 0.78,
  upper: 0.82,
  n: 100,
  coverage: 1,
  status: 'ok',
  method: null,
  reason: null,
  bound: 0,
  expected: null,
  effective_n: null,
  ...given,
});

describe('drift rows', () => {
  const columns = [
    column({ column: 'b' }, 0.5),
    column({ column: 'none', value: null, status: 'insufficient_data', missing_share: null }),
    column({ column: 'c', status: 'watch', value: 0.15 }, 0.1),
    column({ column: 'd', status: 'drifted', value: 0.3, missing_share: 0.2 }, 0.4),
    column({ column: 'a', status: 'drifted', value: 0.9 }),
  ];
  const names = (sort: string, direction: string) => sortColumns(columns, readOrder(sort, direction)).map((one) => one.total.column);
  it('stand worst first when the URL says nothing or nonsense', () => {
    expect(names('', '')).toEqual(['a', 'd', 'c', 'b', 'none']);
    expect(names('nonsense', 'sideways')).toEqual(names('', ''));
  });
  it('keep what has no figure last both ways', () => {
    expect(names('importance', 'desc').slice(0, 3)).toEqual(['b', 'd', 'c']);
    expect(names('importance', 'asc').slice(0, 3)).toEqual(['c', 'd', 'b']);
    expect(names('missing', 'asc').at(-1)).toBe('none');
  });
  it('sort by name from a to z first, by figures from the largest', () => {
    expect(nextOrder(readOrder('', ''), 'column')).toEqual({ sort: 'column', direction: 'asc' });
    expect(nextOrder(readOrder('value', 'desc'), 'value')).toEqual({ sort: 'value', direction: 'asc' });
    expect(nextOrder(readOrder('value', 'asc'), 'missing').direction).toBe('desc');
  });
  it('are found by a part of their name; drifting ones are those drifted or watched', () => {
    expect(filterColumns(columns, ' NO', '').map((one) => one.total.column)).toEqual(['none']);
    expect(filterColumns(columns, '', 'drifted')).toHaveLength(3);
  });
  it('follow the keys and stop at the ends', () => {
    expect(['ArrowDown', 'k', 'End', 'Home', 'PageDown', 'x'].map((key) => rowAfter(key, 1, 5))).toEqual([2, 0, 4, 0, 4, null]);
    expect(rowAfter('ArrowDown', -1, 5)).toBe(0);
    expect(rowAfter('ArrowDown', 0, 0)).toBeNull();
  });
});

describe('numbers', () => {
  it('count features only, worst first', () => {
    const count = countDrift({ columns: [column({}), column({ status: 'watch' }), column({ status: 'drifted' }), column({ role: 'prediction', status: 'drifted' })] });
    expect(count).toEqual({ features: 3, drifted: 1, watch: 1, statuses: ['drifted', 'watch', 'ok'] });
  });
  it('name the feature whose missing share rose most, not the one with the most missing', () => {
    const always = column({ column: 'always', missing_share: 0.5, missing_share_reference: 0.5 });
    const risen = column({ column: 'risen', missing_share: 0.06, missing_share_reference: 0.004 });
    expect(mostMissing([always, risen])).toEqual({ column: 'risen', share: 0.06, reference: 0.004, moved: true });
    expect(mostMissing([column({ role: 'score', missing_share: 0.9 })])).toBeNull();
  });
  it('leave coverage out where nothing was predicted', () => {
    expect(coverageOf({ predictions: [10, 0, 4], with_actual: [5, 0, 4] })).toEqual([0.5, null, 1]);
  });
  it('say how many a day', () => {
    expect(perDay({ n_predictions: 300, window: { start: '2026-11-01T00:00:00Z', end: '2026-11-02T12:00:00Z' } })).toBe(200);
  });
});

describe('metrics', () => {
  it('open with the task’s own unless the URL names one that exists', () => {
    const total = [metric({ metric: 'accuracy' }), metric({ metric: 'f1' })];
    expect(keyMetric({ task: 'binary', total, series: total }, '')).toBe('f1');
    expect(keyMetric({ task: 'binary', total, series: total }, 'accuracy')).toBe('accuracy');
    expect(keyMetric({ task: 'binary', total, series: total }, 'gone')).toBe('f1');
    expect(keyMetric({ task: 'unknown', total: [], series: [] }, '')).toBeNull();
  });
  it('pass over a preferred one without a value', () => {
    const total = [metric({ metric: 'f1', value: null }), metric({ metric: 'accuracy' })];
    expect(keyMetric({ task: 'binary', total, series: total }, '')).toBe('accuracy');
  });
  it('are worse when the reference lies beyond the interval on the better side', () => {
    expect(compare(metric({}), metric({ value: 0.85 }), 'higher')?.worse).toBe(true);
    expect(compare(metric({}), metric({ value: 0.81 }), 'higher')?.worse).toBe(false);
    expect(compare(metric({}), metric({ value: 0.5 }), 'lower')?.worse).toBe(true);
    expect(compare(metric({}), metric({ value: 0.5 }), 'higher')?.worse).toBe(false);
    expect(compare(metric({}), metric({ value: 0.85 }), 'higher')?.text).toBe('−0.050');
    expect(compare(metric({ value: null }), metric({}), 'higher')).toBeNull();
  });
  it('write differences without exponents', () => {
    expect([-0.051, 0.00012, 0, 14.2].map(differenceText)).toEqual(['−0.051', '+<0.001', '±0', '+14.2']);
  });
  it('without actuals are absent in words', () => {
    expect(absence(metric({ value: null, status: 'no_actuals', reason: null }))).toBe('no actuals yet');
    expect(absence(null)).toBe('no actuals yet');
    expect(absence(metric({ value: null, status: 'insufficient_data', reason: 'fewer than 10 rows' }))).toBe('fewer than 10 rows');
  });
  it('have an axis that one wild interval does not flatten', () => {
    const value = Array.from({ length: 20 }, () => 0.8);
    const lower = value.map((_, index) => (index === 3 ? 0.01 : 0.78));
    const upper = value.map(() => 0.82);
    const series = { metric: 'f1', value, lower, upper, n: [], coverage: [], status: [] };
    expect(metricDomain(series, 0.85, undefined)[0]).toBeGreaterThan(0.7);
  });
});

describe('reasons', () => {
  const text = (given: Partial<DriftVerdict>): string =>
    reasons(verdict(given), 'PSI')
      .map((reason) => `${reason.point}: ${reason.text}`)
      .join('\n');
  it('say how large, how real, and on how many rows', () => {
    const said = text({ value: 0.31, effect: 0.301, status: 'drifted', p_value: 1e-9 });
    expect(said).toContain('PSI 0.310; 0.009 is expected without drift; the effect 0.301 is at or above 0.25');
    expect(said).toContain('p < 0.0001 (60 windows of the reference, which differ no more than independent rows would)');
    expect(said).toContain('1,000 in this window, 80,000 in reference training');
    expect(text({ p_value: 0.02, dispersion: 2.5, effective_n: 400 })).toContain('differ 2.5 times as much as independent rows would: these rows count as 400)');
    expect(text({ p_value: 0.02, null: 'independent rows', chunks: null, dispersion: null })).toContain('(independent rows)');
  });
  it('write a tiny statistic as what it is: not nothing', () => {
    expect([0, 0.0001, 0.31, 14.159].map(statisticText)).toEqual(['0.000', '<0.001', '0.310', '14.2']);
  });
  it('call a small effect small', () => expect(text({})).toContain('below 0.1'));
  it('say why there is no value', () => {
    expect(text({ value: null, p_value: null, status: 'insufficient_data', reason: 'fewer than 50 rows' })).toContain('insufficient data: fewer than 50 rows');
    expect(text({ status: 'no_reference' })).toContain('nothing to compare');
  });
  it('never claim a probability of 0', () => expect(probability(0)).toBe('p < 0.0001'));
});

it('writes shares as shares and long texts short', () => {
  expect(figureText('missing share', 0.061)).toContain('6.1');
  expect(figureText('mean', 12.6)).toBe('12.6');
  expect(figureText('mode', 'x'.repeat(10_000)).length).toBeLessThan(100);
  expect(figureText('mean', null)).toBe('–');
});

it('writes a snippet with the version’s own name, quoted', () => {
  const version = { registered: { fqn: 'model:t/p/m:1' }, columns: [{ role: 'feature', name: 'a"b' }, { role: 'prediction', name: '' }] };
  const snippet = referenceSnippet(version as unknown as VersionAnswer, 'http://127.0.0.1:8000');
  expect(snippet).toContain('import mlfoundry as mlf\n');
  expect(snippet).toContain('client = mlf.get_client(host="http://127.0.0.1:8000")');
  expect(snippet).toContain('"model:t/p/m:1"');
  expect(snippet).toContain('features=["a\\"b"]');
});

describe('metrics of a version of its own', () => {
  const entry = (name: string, expression: string | null, unit: string | null = null): CatalogueEntry => ({
    name,
    title: name,
    description: '',
    group: 'performance',
    applies_to: [],
    better: 'none',
    lower_bound: null,
    upper_bound: null,
    percent: false,
    expression,
    unit,
  });
  const names = ['mae', 'mse', 'rmse', 'bias', 'r2', 'mape', 'smape', 'cost', 'large', 'third'];
  const catalogue: Catalogue = new Map(names.map((name, place) => [name, entry(name, place < 7 ? null : 'prediction', name === 'cost' ? 'EUR' : null)]));

  it('stand beside those that most ask for', () => {
    expect(headlines('regression', names, catalogue)).toEqual(['mae', 'rmse', 'bias', 'cost', 'large']);
    expect(headlines('regression', names.slice(0, 7), catalogue)).toEqual(['mae', 'rmse', 'bias', 'r2']);
    expect(headlines('unknown', ['cost', 'large'], catalogue)).toEqual(['cost', 'large']);
  });

  it('are written as they were named, with their unit', () => {
    expect(titleOf('cost', catalogue)).toBe('cost (EUR)');
    expect(titleOf('mae', catalogue)).toBe('MAE');
    expect([isOwn('cost', catalogue), isOwn('mae', catalogue), isOwn('nothing', catalogue)]).toEqual([true, false, false]);
  });
});
