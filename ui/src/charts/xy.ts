/** Where the points of a chart without a time axis lie: pure, so that the chart only draws. */
import { linePath } from './paths';
import type { Value } from './scale';

export interface XYPoint {
  x: Value;
  y: Value;
  lower?: Value;
  upper?: Value;
}

export interface Place {
  x: (value: number) => number;
  y: (value: number) => number;
}

const px = (value: number): string => value.toFixed(1);
const isKnown = (point: XYPoint): boolean => point.x !== null && point.y !== null;

/** A line through the points that exist; a gap where one does not. */
export function curvePath(points: readonly XYPoint[], { x, y }: Place): string {
  const at = (index: number): number => x(points[index]?.x ?? 0);
  return linePath(
    points.map((point) => (isKnown(point) ? point.y : null)),
    at,
    y,
  ).path;
}

/** The area between the bounds of neighbouring points; nothing where bounds are not known. */
export function curveBand(points: readonly XYPoint[], { x, y }: Place): string {
  const held = points.flatMap(({ x: at, lower, upper }) => (at === null || lower == null || upper == null ? [] : [{ at: px(x(at)), low: px(y(lower)), high: px(y(upper)) }]));
  if (held.length < 2) return '';
  const there = held.map(({ at, high }) => `${at},${high}`);
  const back = [...held].reverse().map(({ at, low }) => `${at},${low}`);
  return `M${[...there, ...back].join('L')}Z`;
}

/** The point nearest to a place in px; null when no point exists. */
export function nearestPoint(points: readonly XYPoint[], { x, y }: Place, left: number, top: number): number | null {
  let best: number | null = null;
  let least = Infinity;
  points.forEach((point, index) => {
    if (point.x === null || point.y === null) return;
    const far = (x(point.x) - left) ** 2 + (y(point.y) - top) ** 2;
    if (far < least) [best, least] = [index, far];
  });
  return best;
}
