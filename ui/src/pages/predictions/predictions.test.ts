import { describe, expect, it } from 'vitest';
import type { RowsAnswer } from '../../api/types';
import { shapOf, waterfall } from './shap';
import { countNew } from './useTail';

describe('the SHAP waterfall', () => {
  it('goes from 0 to the sum, the largest step first', () => {
    const { steps, total, zero } = waterfall({ a: 0.1, b: -0.4, c: 0.2 });
    expect(steps.map((step) => step.name)).toEqual(['b', 'c', 'a']);
    expect(total).toBeCloseTo(-0.1);
    expect(zero).toBe(1);
    expect(steps[0]).toMatchObject({ from: 1, to: 0 });
    expect(steps[2]?.to).toBeCloseTo(0.75);
  });
  it('puts many small steps together and loses none', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, 0.01 * (index + 1)]));
    const { steps, total } = waterfall(many);
    expect(steps).toHaveLength(13);
    expect(steps.at(-1)?.name).toBe('28 other features');
    expect(steps.reduce((sum, step) => sum + step.value, 0)).toBeCloseTo(total);
  });
  it('draws nothing of nothing', () => {
    expect(waterfall({}).steps).toEqual([]);
    expect(waterfall({ a: 0 }).steps[0]).toMatchObject({ from: 0, to: 0 });
  });
  it('takes the predicted class where values come class by class', () => {
    expect(shapOf({ late: { a: 1 }, 'on time': { a: -1 } }, 'late')).toEqual({ a: 1 });
    expect(shapOf({ a: 1, b: 'x' }, 'late')).toEqual({ a: 1 });
  });
});

describe('the live tail', () => {
  const answer = (...ids: string[]): RowsAnswer => ({ rows: ids.map((data_id) => ({ data_id })) as RowsAnswer['rows'], next_cursor: null });
  it('counts what came before the first row one sees', () => {
    expect(countNew(answer('b', 'a'), answer('d', 'c', 'b', 'a'))).toBe(2);
    expect(countNew(answer('b'), answer('b'))).toBe(0);
    expect(countNew(answer('a'), answer('z', 'y'))).toBe(2);
  });
});
