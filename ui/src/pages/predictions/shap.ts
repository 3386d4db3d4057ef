/** The waterfall of one row's SHAP values: pure arithmetic. */

export interface Step {
  name: string;
  value: number;
  /** Where the bar begins and ends, as shares of the whole width. */
  from: number;
  to: number;
}

export interface Waterfall {
  steps: Step[];
  /** Where the sum 0 lies, as a share of the width. */
  zero: number;
  total: number;
}

/** The features shown by themselves; the rest is one step. */
const SHOWN = 12;

/** SHAP values that are numbers, of the class `of` where they are given class by class. */
export function shapOf(values: Record<string, unknown>, of: string): Record<string, number> {
  const nested = values[of];
  const source = typeof nested === 'object' && nested !== null ? (nested as Record<string, unknown>) : values;
  return Object.fromEntries(Object.entries(source).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** Steps from 0 to the sum, the largest first; each begins where the one before ended. */
export function waterfall(values: Record<string, number>): Waterfall {
  const sorted = Object.entries(values).sort(([, one], [, other]) => Math.abs(other) - Math.abs(one));
  const rest = sorted.slice(SHOWN);
  const shown = sorted.slice(0, rest.length > 1 ? SHOWN : SHOWN + 1);
  if (rest.length > 1) shown.push([`${rest.length} other features`, rest.reduce((sum, [, value]) => sum + value, 0)]);
  let total = 0;
  const spans = shown.map(([name, value]) => ({ name, value, from: total, to: (total += value) }));
  const low = Math.min(0, ...spans.map((span) => span.to));
  const high = Math.max(0, ...spans.map((span) => span.to));
  const width = high - low || 1;
  const place = (at: number): number => (at - low) / width;
  return { total, zero: place(0), steps: spans.map((span) => ({ ...span, from: place(span.from), to: place(span.to) })) };
}
