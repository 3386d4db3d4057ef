import { describe, expect, it } from 'vitest';
import { decimalsFor, dodge, extent, lineDomain, quantile, timeTicks, windowAt, zeroDomain } from './scale';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2026, 10, 9);

describe('windowAt', () => {
  const starts = [0, 10, 20, 50];
  it('finds the window that holds an instant, its start included and its end not', () => {
    expect([0, 9, 10, 19, 25].map((instant) => windowAt(starts, 10, instant))).toEqual([0, 0, 1, 1, 2]);
  });
  it('takes the nearer window in a gap and the outer ones beyond the ends', () => {
    expect([31, 48, -5, 900].map((instant) => windowAt(starts, 10, instant))).toEqual([2, 3, 0, 3]);
  });
  it('finds none among none', () => expect(windowAt([], 10, 5)).toBe(-1));
});

describe('timeTicks', () => {
  it('stays on midnights over days', () => {
    const ticks = timeTicks([MIDNIGHT + 8 * HOUR, MIDNIGHT + 14 * DAY], 600);
    expect(ticks.every((tick) => tick % DAY === 0)).toBe(true);
    expect(ticks.length).toBeGreaterThan(3);
  });
  it('stays on hours of the day over hours', () => {
    expect(timeTicks([MIDNIGHT + HOUR / 2, MIDNIGHT + 7 * HOUR], 300)).toEqual([3, 6].map((hour) => MIDNIGHT + hour * HOUR));
  });
  it('stays on first days of months over a year, and within the span', () => {
    const span = [Date.UTC(2026, 1, 3), Date.UTC(2026, 11, 24)] as const;
    const ticks = timeTicks(span, 500);
    expect(ticks.map((tick) => new Date(tick).getUTCDate())).toEqual(ticks.map(() => 1));
    expect(ticks.every((tick) => tick >= span[0] && tick <= span[1])).toBe(true);
  });
  it('never crowds, however long the span', () => {
    for (const days of [0.1, 1, 9, 60, 400, 9000]) {
      for (const width of [120, 500, 1400]) expect(timeTicks([MIDNIGHT, MIDNIGHT + days * DAY], width).length).toBeLessThanOrEqual(Math.max(3, width / 72) + 1);
    }
  });
});

describe('domains', () => {
  it('ignores what does not exist', () => {
    expect(extent([null, 3, NaN, 1])).toEqual([1, 3]);
    expect(extent([null])).toBeNull();
  });
  it('gives a line air but keeps to the bounds of its metric', () => {
    expect(lineDomain([0.5, 1], [0, 1])).toEqual([0.45, 1]);
    const [low, high] = lineDomain([7, 7]);
    expect(low).toBeLessThan(7);
    expect(high).toBeGreaterThan(7);
    expect(lineDomain([null])[0]).toBeLessThan(lineDomain([null])[1]);
  });
  it('starts bars at zero and is never empty', () => {
    expect(zeroDomain([10])[0]).toBe(0);
    expect(zeroDomain([10])[1]).toBeCloseTo(10.6);
    expect(zeroDomain([])).toEqual([0, 1]);
  });
  it('takes a quantile of what exists', () => {
    expect(quantile([4, null, 1, 3, 2], 0.5)).toBe(3);
    expect(quantile([null], 0.5)).toBeNull();
  });
  it('tells the decimals that keep ticks apart', () => {
    expect([[0, 0.05], [0, 2], [0, 0.001], [0.5]].map((ticks) => decimalsFor(ticks))).toEqual([2, 0, 3, 1]);
  });
});

describe('dodge', () => {
  it('keeps labels apart and inside, in their order', () => {
    const placed = dodge([{ y: 98, name: 'c' }, { y: 97, name: 'b' }, { y: 10, name: 'a' }], 13, 4, 100);
    expect(placed.map((label) => label.name)).toEqual(['a', 'b', 'c']);
    expect(placed.map((label) => label.y)).toEqual([10, 87, 100]);
  });
  it('leaves its input as it was', () => {
    const labels = [{ y: 1 }, { y: 1 }];
    dodge(labels, 10, 0, 50);
    expect(labels).toEqual([{ y: 1 }, { y: 1 }]);
  });
});
