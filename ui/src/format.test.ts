import { describe, expect, it } from 'vitest';
import { ago, axisTime, binText, bytes, compact, duration, instant, int, number, percent, points, signed, spanText } from './format';

const NARROW = '\u202f';
const MINUS = '\u2212';
const text = (value: string): string => value.replaceAll(NARROW, ' ').replaceAll(MINUS, '-');

describe('numbers', () => {
  it('keeps about three significant figures at any size', () => {
    expect([0.8274, 12.34, 123.4, 1204.4, 3_210_000, 0, -0.0514, 1.5e-7].map((value) => text(number(value)))).toEqual([
      '0.827',
      '12.3',
      '123',
      '1,204',
      '3.2M',
      '0',
      '-0.051',
      '1.5e-7',
    ]);
  });
  it('does not give whole numbers decimals', () => {
    expect(number(7)).toBe('7');
    expect(int(461_803)).toBe('461,803');
    expect(compact(461_803)).toBe('461.8K');
  });
  it('says NaN and infinity as they are', () => {
    expect(number(Number.NaN)).toBe('NaN');
    expect(number(Number.POSITIVE_INFINITY)).toBe('Infinity');
  });
  it('never rounds a share to all or to none', () => {
    expect(text(percent(0.949))).toBe('94.9 %');
    expect(text(percent(1))).toBe('100.0 %');
    expect(text(percent(0))).toBe('0.0 %');
    expect(text(percent(0.99996))).toBe('>99.9 %');
    expect(text(percent(0.0001))).toBe('<0.1 %');
    expect(text(percent(0.004, 0))).toBe('<1 %');
  });
  it('writes the sign of a difference', () => {
    expect(text(signed(0.0514))).toBe('+0.051');
    expect(text(signed(-0.0514))).toBe('-0.051');
    expect(signed(0)).toBe('±0');
    expect(text(points(-0.122))).toBe('-12.2 pp');
  });
  it('writes sizes', () => {
    expect([0, 512, 1_482_113, 2_000_000_000].map((size) => text(bytes(size)))).toEqual(['0 B', '512 B', '1.5 MB', '2.0 GB']);
  });
});

describe('times', () => {
  const noon = Date.parse('2026-11-09T12:00:00Z');
  it('are UTC wherever the browser is', () => {
    expect(instant('2026-11-09T08:00:00.123456Z')).toBe('2026-11-09 08:00:00.123 UTC');
    expect(instant(noon)).toBe('2026-11-09 12:00:00 UTC');
    expect(axisTime(Date.parse('2026-11-09T00:00:00Z'))).toBe('9 Nov');
    expect(axisTime(noon)).toBe('12:00');
    expect(spanText(noon, noon + 3_600_000)).toBe('9 Nov, 12:00 – 9 Nov, 13:00');
  });
  it('writes lengths in the unit one reads', () => {
    expect([0, 45, 720, 9.4 * 3600, 36 * 3600, 3.25 * 86400, 240 * 86400].map((seconds) => text(duration(seconds)))).toEqual([
      '0 s',
      '45 s',
      '12 min',
      '9.4 h',
      '36 h',
      '3.3 d',
      '240 d',
    ]);
    expect([3600, 7200, 86400, 7 * 86400, 900].map((seconds) => text(binText(seconds)))).toEqual(['hour', '2 h', 'day', '7 days', '15 min']);
  });
  it('says how long ago, and that a time lies ahead', () => {
    expect(ago(noon - 10_000, noon)).toBe('just now');
    expect(text(ago(noon - 9 * 60_000, noon))).toBe('9 min ago');
    expect(text(ago(noon + 3 * 3_600_000, noon))).toBe('in 3 h');
  });
});
