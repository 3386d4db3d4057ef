import { describe, expect, it } from 'vitest';
import type { DriftColumn, VersionAnswer } from './api/types';
import { choices, defaultReference, fixedReference, fixedSpan, lawText, referenceText } from './references';

const version = (default_reference: string | null, uploaded: string[] = ['training']): VersionAnswer =>
  ({
    registered: { fqn: 'model:default/flights/late:2', version: 2, default_reference },
    references: uploaded.map((name, index) => ({ name, n: 80_000, is_default: index === 0 && default_reference === null })),
    versions: [3, 2, 1],
  }) as unknown as VersionAnswer;

describe('the default reference', () => {
  it('is the one that was set, else the first upload, else none', () => {
    expect(defaultReference(version('trailing:28d'))).toBe('trailing:28d');
    expect(defaultReference(version(null))).toBe('training');
    expect(defaultReference(version(null, []))).toBe('');
  });
});

describe('a reference in words', () => {
  it.each([
    ['training', 'training'],
    ['trailing:7d', 'trailing 7 days'],
    ['trailing:1w', 'trailing 1 week'],
    ['model:default/flights/late:1', 'late:1'],
    ['2026-01-01/2026-02-01', '1 Jan, 00:00 – 1 Feb, 00:00'],
    ['old/new', 'old/new'],
  ])('%s is %s', (text, words) => expect(referenceText(text)).toBe(words));
});

describe('the choices', () => {
  it('name every kind, and which is the default', () => {
    const found = choices(version(null));
    expect(found.map(({ title, of }) => [title, of.map((choice) => choice.text)])).toEqual([
      ['Uploaded', ['training']],
      ['Its own past', ['trailing:7d', 'trailing:28d']],
      ['Same time, other version', ['model:default/flights/late:3', 'model:default/flights/late:1']],
    ]);
    expect(found[0]?.of[0]?.note).toBe('80K rows · default');
  });
  it('hold a standing window that is the default', () => {
    const past = choices(version('trailing:14d', [])).find(({ title }) => title === 'Its own past');
    expect(past?.of.map((choice) => choice.note)).toEqual(['', '', 'default']);
  });
});

describe('a span of time', () => {
  const window = { start: Date.parse('2026-03-08T00:00:00Z'), end: Date.parse('2026-03-15T00:00:00Z') };
  it('is read from what it is written as', () => {
    expect(fixedReference(window)).toBe('2026-03-08T00:00:00Z/2026-03-15T00:00:00Z');
    expect(fixedSpan(fixedReference(window), { start: 0, end: 1 })).toEqual(window);
  });
  it('is offered as the one before the window', () => {
    expect(fixedSpan('training', window)).toEqual({ start: Date.parse('2026-03-01T00:00:00Z'), end: window.start });
  });
});

describe('the law', () => {
  const column = (law: string | null, chunks: number | null) => ({ total: { null: law, chunks } }) as DriftColumn;
  it('is that of the windows of the reference where any column has it', () => {
    expect(lawText([column('windows of the reference', 28), column('independent rows', null)])).toBe('judged by 28 windows of its own');
    expect(lawText([column('independent rows', null)])).toBe('rows taken as independent');
    expect(lawText([column(null, null)])).toBe('');
  });
});
