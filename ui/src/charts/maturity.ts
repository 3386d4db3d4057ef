/** Which windows still wait for their actuals. */
import type { MetricStatus } from '../api/types';
import { quantile, type Span, type Value } from './scale';

/** A window is mature from this share of the plateau on, as the server's rule for alerts has it. */
const MATURE = 0.9;

/**
 * Windows whose actuals are still arriving: those the server calls immature, and the last ones as long as their
 * coverage lies clearly below the plateau of the others. A window without predictions neither starts nor ends them.
 */
export function arriving(coverage: readonly Value[], statuses: readonly MetricStatus[] = []): boolean[] {
  const marked = coverage.map((_, index) => statuses[index] === 'immature');
  const plateau = quantile(coverage, 0.6) ?? 0;
  if (plateau === 0) return marked;
  for (let index = coverage.length - 1; index >= 0; index--) {
    const share = coverage[index] ?? null;
    if (share === null) continue;
    if (share >= MATURE * plateau) break;
    marked[index] = true;
  }
  return marked;
}

/** Marked windows joined to stretches of time. */
export function stretches(marked: readonly boolean[], starts: readonly number[], stepMs: number): Span[] {
  const found: [number, number][] = [];
  marked.forEach((is, index) => {
    const start = starts[index];
    if (!is || start === undefined) return;
    const last = found[found.length - 1];
    if (last && marked[index - 1]) last[1] = start + stepMs;
    else found.push([start, start + stepMs]);
  });
  return found;
}
