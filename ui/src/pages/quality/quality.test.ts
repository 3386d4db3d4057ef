import { describe, expect, it } from 'vitest';
import type { ColumnQuality, QualityAnswer, QualityIssue, QualityStatus, QualityVerdict } from '../../api/types';
import { checksOf, columnsOf, countIssues, darkest, figureOf, heatTable, issuesTable, keyCheck, rowsOf, valuesOf, whenOf, whyOf } from './quality';
import { volumeZones } from './volume';

const verdict = (given: Partial<QualityVerdict>): QualityVerdict => ({
  check: 'missing_share',
  title: 'Missing values',
  column: 'age',
  role: 'feature',
  kind: 'numeric',
  value: 0,
  error_bound: 0,
  reference_value: 0,
  n: 1000,
  n_reference: 5000,
  expected: 0,
  effect: 0,
  p_value: 0.5,
  null: 'windows of the reference',
  dispersion: null,
  watch_at: 0.05,
  breached_at: 0.1,
  status: 'ok',
  reason: 'nothing',
  percent: true,
  ...given,
});
const column = (given: Partial<QualityVerdict>, value: (number | null)[] = [0, 0], status: QualityStatus[] = ['ok', 'ok']): ColumnQuality => ({
  total: verdict(given),
  series: { value, status, n: [400, 600] },
});
const issue = (given: Partial<QualityIssue>): QualityIssue => ({
  check: 'missing_share',
  title: 'Missing values',
  column: 'age',
  status: 'breached',
  severity: 2,
  start: '2026-11-01T00:00:00Z',
  end: '2026-11-03T00:00:00Z',
  value: 0.2,
  reference_value: 0.01,
  reason: 'many',
  ...given,
});
const answer = (given: Partial<QualityAnswer>): QualityAnswer => ({
  window: { start: '2026-11-01T00:00:00Z', end: '2026-11-03T00:00:00Z' },
  slice: null,
  step_s: 86_400,
  starts: ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'],
  reference: null,
  issues: [],
  columns: [],
  rows: [],
  volume: null,
  ...given,
});

describe('issues', () => {
  const column_of_age = column({ n: 1000 });
  it('rest on the rows of the window, or of the step in which they are worst', () => {
    const found = answer({ columns: [column_of_age] });
    expect(rowsOf(found, issue({}))).toBe(1000);
    expect(rowsOf(found, issue({ start: '2026-11-02T00:00:00Z' }))).toBe(600);
    expect(rowsOf(found, issue({ column: 'gone' }))).toBeNull();
  });
  it('of the number of rows are counts and not shares', () => {
    const volume = { verdict: verdict({ check: 'volume', column: null, percent: false }), hours: 1, starts: [], rows: [], expected: [], lower: [], upper: [], status: [], lost: [], weeks: 3, issues: [] };
    expect(valuesOf(answer({ volume }), issue({ check: 'volume', column: null, value: 12, reference_value: 340 }))).toEqual({ value: '12', reference: '340' });
  });
  it('say whether the whole range is meant', () => {
    expect(whenOf(answer({}), issue({}))).toBe('whole range');
    expect(whenOf(answer({}), issue({ start: '2026-11-02T00:00:00Z' }))).toContain('2 Nov');
  });
  it('are counted by status, their columns once', () => {
    expect(countIssues([issue({}), issue({ status: 'watch' }), issue({ column: null })])).toEqual({ breached: 2, watch: 1, columns: 1 });
  });
  it('as a table carry their n', () => {
    const table = issuesTable(answer({ columns: [column_of_age], issues: [issue({})] }));
    expect(table.rows[0]?.[table.columns.indexOf('n')]).toBe(1000);
  });
});

describe('checks', () => {
  const columns = [column({ check: 'stuck_value', title: 'Stuck' }), column({}), column({ check: 'type_errors', title: 'Wrong' })];
  it('begin with those that most ask for', () => {
    const { first, others } = checksOf(answer({ columns }));
    expect(first.map((choice) => choice.check)).toEqual(['missing_share', 'type_errors']);
    expect(others.map((choice) => choice.check)).toEqual(['stuck_value']);
  });
  it('open with the one asked for, else with the worst issue of a column', () => {
    const found = answer({ columns, issues: [issue({ check: 'lost_rows', column: null }), issue({ check: 'stuck_value' })] });
    expect(keyCheck(found, 'type_errors')).toBe('type_errors');
    expect(keyCheck(found, 'nonsense')).toBe('stuck_value');
    expect(keyCheck(answer({ columns }), '')).toBe('missing_share');
    expect(keyCheck(answer({}), '')).toBeNull();
  });
});

describe('columns of a check', () => {
  const fine = column({ column: 'fine', value: 0.3 });
  const once = column({ column: 'once', value: 0.01 }, [0, 0.4], ['ok', 'breached']);
  const bad = column({ column: 'bad', value: 0.2, status: 'breached' });
  it('have those first that are wrong, be it in one step', () => {
    expect(columnsOf(answer({ columns: [fine, once, bad] }), 'missing_share').map(({ total }) => total.column)).toEqual(['bad', 'once', 'fine']);
  });
  it('are found by a part of their name', () => {
    expect(columnsOf(answer({ columns: [fine, once] }), 'missing_share', ' ON').map(({ total }) => total.column)).toEqual(['once']);
  });
  it('are never drawn darkest for a small share', () => {
    expect(darkest([column({}, [0.001, null])])).toBe(0.1);
    expect(darkest([column({ percent: false }, [3, 7])])).toBe(7);
  });
  it('keep gaps in their table', () => {
    expect(heatTable(answer({}), [column({}, [null, 0.5])], 'Missing').rows[0]?.slice(-2)).toEqual([null, 0.5]);
  });
});

describe('words', () => {
  it('never say 0 for what is not known', () => {
    expect(figureOf(null, true)).toBe('–');
    expect(figureOf(0, true)).toBe('0.0\u202f%');
    expect(figureOf(14, false)).toBe('14');
  });
  it('say that chance has no part in a rule', () => {
    const why = whyOf(answer({}), column({ p_value: null, null: 'rule', watch_at: 0 }), 'the reference');
    expect(why.find(({ point }) => point === 'Chance')?.text).toContain('no part');
    expect(why.find(({ point }) => point === 'Sizes')?.text).toContain('from the first row on');
    expect(why.find(({ point }) => point === 'Rows')?.text).toBe('1,000 in this window, 5,000 in the reference');
  });
});

describe('steps that stand out', () => {
  const of = (value: (number | null)[], status: QualityStatus[]): string | undefined => whyOf(answer({}), column({}, value, status), 'the reference').find(({ point }) => point === 'Steps')?.text;
  it('are counted, and the worst is named with its rows', () => {
    expect(of([0.1, 0.4], ['watch', 'breached'])).toBe('1 breached, 1 on watch of 2; worst 40.0\u202f% of 600 rows, 2 Nov 2026 UTC');
  });
  it('are not spoken of when there are none', () => expect(of([0, null], ['ok', 'insufficient_data'])).toBeUndefined());
});

describe('hours that stand out', () => {
  it('are joined to one stretch with the worse mark', () => {
    const starts = ['2026-11-01T00:00:00Z', '2026-11-01T01:00:00Z', '2026-11-01T02:00:00Z', '2026-11-01T03:00:00Z'];
    const zones = volumeZones({ starts, hours: 1, status: ['watch', 'breached', 'ok', 'watch'] });
    expect(zones.map(({ tone }) => tone)).toEqual(['drifted', 'watch']);
    expect(zones[0]?.span).toEqual([Date.parse(starts[0] ?? ''), Date.parse(starts[2] ?? '')]);
  });
  it('are none where no rhythm is known', () => expect(volumeZones({ starts: [], hours: null, status: [] })).toEqual([]));
});
