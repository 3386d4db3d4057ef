import { describe, expect, it } from 'vitest';
import { curveBand, curvePath, nearestPoint } from './xy';

const place = { x: (value: number) => value * 100, y: (value: number) => 100 - value * 100 };

describe('a curve', () => {
  it('keeps its gaps', () => {
    const points = [
      { x: 0, y: 0 },
      { x: 0.1, y: 0.2 },
      { x: 0.2, y: null },
      { x: 0.3, y: 0.5 },
      { x: 0.4, y: 0.6 },
    ];
    expect(curvePath(points, place)).toBe('M0.0,100.0L10.0,80.0M30.0,50.0L40.0,40.0');
  });
  it('has an area only where both bounds are known of two points', () => {
    expect(curveBand([{ x: 0, y: 0, lower: 0, upper: 1 }], place)).toBe('');
    expect(curveBand([{ x: 0, y: 0 }, { x: 1, y: 1 }], place)).toBe('');
    expect(curveBand([{ x: 0, y: 0, lower: 0, upper: 0.5 }, { x: 1, y: 1, lower: 0.5, upper: 1 }], place)).toBe('M0.0,50.0L100.0,0.0L100.0,50.0L0.0,100.0Z');
  });
  it('is read at the nearest point that exists', () => {
    expect(nearestPoint([{ x: 0, y: 0 }, { x: 0.5, y: null }, { x: 1, y: 1 }], place, 60, 30)).toBe(2);
    expect(nearestPoint([{ x: null, y: 1 }], place, 0, 0)).toBeNull();
  });
});
