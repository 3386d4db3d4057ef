/** SVG paths of the marks, from values already placed in pixels. Gaps stay gaps. */
import type { Value } from './scale';

const px = (value: number): string => value.toFixed(1);

export interface Place {
  x: number;
  y: number;
}

/** Runs of windows whose value exists: what a line may connect. */
export function runs(values: readonly Value[]): number[][] {
  const found: number[][] = [];
  let run: number[] | null = null;
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) run = null;
    else if (run) run.push(index);
    else found.push((run = [index]));
  });
  return found;
}

/** A line with its gaps, and the lone points no line can show. */
export function linePath(values: readonly Value[], x: (index: number) => number, y: (value: number) => number) {
  const lone: Place[] = [];
  let path = '';
  for (const run of runs(values)) {
    const places = run.map((index) => ({ x: x(index), y: y(values[index] as number) }));
    if (places.length === 1) lone.push(...places);
    else path += places.map((place, at) => `${at ? 'L' : 'M'}${px(place.x)},${px(place.y)}`).join('');
  }
  return { path, lone };
}

/** The area between two bounds; a lone window becomes a whisker of its own. */
export function bandPath(
  lower: readonly Value[],
  upper: readonly Value[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  const both = lower.map((low, index) => (low === null ? null : (upper[index] ?? null)));
  return runs(both)
    .map((run) => {
      const top = run.map((index) => [x(index), y(upper[index] as number)] as const);
      const bottom = run.map((index) => [x(index), y(lower[index] as number)] as const).reverse();
      const around = run.length > 1 ? [...top, ...bottom] : [...beside(top), ...beside(bottom).reverse()];
      return `M${around.map(([left, down]) => `${px(left)},${px(down)}`).join('L')}Z`;
    })
    .join('');
}

function beside(places: (readonly [number, number])[]): (readonly [number, number])[] {
  return places.flatMap(([left, down]) => [[left - 1.5, down] as const, [left + 1.5, down] as const]);
}

/** Bars of one layer of a stack, as one path. */
export function barsPath(
  values: readonly Value[],
  below: readonly number[],
  left: (index: number) => number,
  width: number,
  y: (value: number) => number,
): string {
  let path = '';
  values.forEach((value, index) => {
    if (value === null || value <= 0) return;
    const base = below[index] ?? 0;
    path += `M${px(left(index))},${px(y(base))}V${px(y(base + value))}h${px(width)}V${px(y(base))}Z`;
  });
  return path;
}

/** Where each layer of a stack begins. */
export function stackBase(layers: readonly (readonly Value[])[], layer: number): number[] {
  const length = layers[0]?.length ?? 0;
  return Array.from({ length }, (_, index) => layers.slice(0, layer).reduce((sum, values) => sum + (values[index] ?? 0), 0));
}

/** The outline of a histogram whose bins may differ in width. */
export function stepPath(edges: readonly number[], shares: readonly number[], x: (edge: number) => number, y: (share: number) => number) {
  const first = edges[0] ?? 0;
  const last = edges[edges.length - 1] ?? 0;
  const steps = shares.map((share, bin) => `L${px(x(edges[bin] ?? 0))},${px(y(share))}L${px(x(edges[bin + 1] ?? 0))},${px(y(share))}`);
  return `M${px(x(first))},${px(y(0))}${steps.join('')}L${px(x(last))},${px(y(0))}`;
}
