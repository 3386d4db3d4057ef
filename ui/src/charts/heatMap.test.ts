import { expect, it } from 'vitest';
import { cellsOf, shadeOf, stepAt } from './heatMap';

it('shades no value as none and nothing as nothing', () => {
  expect(shadeOf(null, 1)).toBeNull();
  expect(shadeOf(0, 1)).toBe(0);
  expect(shadeOf(5, 0)).toBe(0);
  expect(shadeOf(0.25, 1)).toBe(0.5);
  expect(shadeOf(9, 1)).toBe(1);
});

it('lays the cells of a row side by side, gaps included', () => {
  const cells = cellsOf({ values: [0.1, null, 1], tones: ['ok', 'quiet', 'drifted'] }, 300, 1);
  expect(cells.map((cell) => cell.left)).toEqual([0, 100, 200]);
  expect(cells[1]?.shade).toBeNull();
  expect(cells[2]?.tone).toBe('drifted');
});

it('finds the step under a place, at the ends too', () => {
  expect(stepAt(-3, 300, 3)).toBe(0);
  expect(stepAt(150, 300, 3)).toBe(1);
  expect(stepAt(300, 300, 3)).toBe(2);
});
