import { describe, expect, it } from 'vitest';
import type { RowAnswer } from '../api/types';
import { toCsv } from '../charts/table';
import { cell, rowsTable } from './tables';

const row = (over: Partial<RowAnswer>): RowAnswer => ({
  data_id: 'a',
  value: 'late',
  features: {},
  probabilities: {},
  shap_values: {},
  raw_data: null,
  occurred_at: '2026-11-09T08:00:00Z',
  received_at: '2026-11-09T08:00:01Z',
  actual: null,
  actual_occurred_at: null,
  actual_received_at: null,
  in_future: false,
  ...over,
});

describe('files of the tables', () => {
  it('have a column for each feature any row has', () => {
    const table = rowsTable('model:a/b/c:1', [row({ features: { x: 1.5 } }), row({ data_id: 'b', features: { y: 'u' }, probabilities: { late: 0.25 }, actual: 0 })]);
    expect(table.columns.slice(-3)).toEqual(['probability late', 'feature x', 'feature y']);
    expect(table.rows[0]).toEqual(['2026-11-09T08:00:00Z', 'a', 'late', null, null, null, 1.5, null]);
    expect(table.rows[1]?.slice(1)).toEqual(['b', 'late', 0, null, 0.25, null, 'u']);
  });
  it('hold no formula that a sender slipped in', () => {
    expect(toCsv(rowsTable('m', [row({ data_id: '=1+1' })]))).toContain("'=1+1");
  });
  it('write what has parts as JSON', () => {
    expect([null, undefined, 0, false, { a: 1 }].map(cell)).toEqual([null, null, 0, false, '{"a":1}']);
  });
});
