/** Which windows lack actuals that they will have, as the server tells. */
import type { MaturitySeries } from '../api/types';
import { percent } from '../format';
import type { Span } from './scale';

type Judged = Pick<MaturitySeries, 'status' | 'cause' | 'expected_coverage'>;

/** Windows whose metrics are those of the actuals that came first, or of some predictions rather than of others. */
export function immature(judged: Judged): boolean[] {
  return judged.status.map((status) => status === 'immature');
}

/** What stands behind a window's coverage: ", still arriving, 97 % expected". */
export function maturityText(judged: Judged, index: number): string {
  const expected = judged.expected_coverage[index];
  switch (judged.cause[index]) {
    case 'arriving':
      return `, still arriving${expected == null ? '' : `, ${percent(expected)} expected`}`;
    case 'delay unknown':
      return ', how many will come is unknown';
    case 'selective':
      return ', of some scores more than of others';
    default:
      return '';
  }
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
