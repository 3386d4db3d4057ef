import { describe, expect, it } from 'vitest';
import { bandPath, barsPath, linePath, runs, stackBase, stepPath } from './paths';

const x = (index: number) => index * 10;
const y = (value: number) => 100 - value;

describe('lines', () => {
  it('splits at gaps: a value that is missing is never drawn as 0 nor bridged', () => {
    expect(runs([1, 2, null, 3, NaN, 4, 5])).toEqual([[0, 1], [3], [5, 6]]);
    const { path, lone } = linePath([1, 2, null, 3], x, y);
    expect(path).toBe('M0.0,99.0L10.0,98.0');
    expect(lone).toEqual([{ x: 30, y: 97 }]);
  });
  it('draws nothing of nothing', () => expect(linePath([null, null], x, y)).toEqual({ path: '', lone: [] }));
  it('closes a band and gives a lone window a whisker', () => {
    expect(bandPath([1, 2], [3, 4], x, y)).toBe('M0.0,97.0L10.0,96.0L10.0,98.0L0.0,99.0Z');
    expect(bandPath([null, 2], [3, 4], x, y)).toBe('M8.5,96.0L11.5,96.0L11.5,98.0L8.5,98.0Z');
  });
  it('needs both bounds', () => expect(bandPath([1, null], [null, 2], x, y)).toBe(''));
});

describe('bars', () => {
  it('stacks a layer on those before it and leaves out empty bars', () => {
    expect(stackBase([[1, 2], [3, null], [5, 5]], 2)).toEqual([4, 2]);
    expect(barsPath([5, 0, null], [10, 0, 0], x, 8, y)).toBe('M0.0,90.0V85.0h8.0V90.0Z');
  });
});

it('outlines bins of different widths', () => {
  expect(stepPath([0, 1, 3], [10, 20], (edge) => edge, y)).toBe('M0.0,100.0L0.0,90.0L1.0,90.0L1.0,80.0L3.0,80.0L3.0,100.0');
});
