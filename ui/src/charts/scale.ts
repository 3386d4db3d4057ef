/** Pure arithmetic of axes. Times are milliseconds since 1970, UTC; a value that does not exist is null. */

export type Value = number | null;
export type Span = readonly [number, number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 4 * DAY, 7 * DAY, 14 * DAY];
const MONTHS = [1, 2, 3, 6, 12];
const TICK_WIDTH = 72;

/** The window that holds an instant, or the nearest one; -1 when there are none. */
export function windowAt(starts: readonly number[], stepMs: number, instant: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= instant) low = middle;
    else high = middle - 1;
  }
  const next = starts[low + 1];
  if (next === undefined || high < 0) return high < 0 ? -1 : low;
  const past = instant - ((starts[low] ?? 0) + stepMs);
  return past > 0 && next - instant < past ? low + 1 : low;
}

/** Ticks that stay on midnights, hours of the day or first days of months, at most one every 72 px. */
export function timeTicks([start, end]: Span, width: number): number[] {
  const wanted = Math.max(3, Math.floor(width / TICK_WIDTH));
  const step = STEPS.find((length) => (end - start) / length <= wanted);
  if (step === undefined) return monthTicks([start, end], wanted);
  const ticks: number[] = [];
  for (let tick = Math.ceil(start / step) * step; tick <= end; tick += step) ticks.push(tick);
  return ticks;
}

function monthTicks([start, end]: Span, wanted: number): number[] {
  const months = (end - start) / (30.44 * DAY);
  const every = MONTHS.find((length) => months / length <= wanted) ?? 12 * Math.ceil(months / 12 / wanted);
  const first = new Date(start);
  let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
  month = Math.ceil(month / every) * every;
  const ticks: number[] = [];
  for (let tick = monthStart(month); tick <= end; tick = monthStart((month += every))) if (tick >= start) ticks.push(tick);
  return ticks;
}

function monthStart(month: number): number {
  return Date.UTC(Math.floor(month / 12), ((month % 12) + 12) % 12, 1);
}

/** Smallest and largest of the values that exist. */
export function extent(values: Iterable<Value>): Span | null {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}

/** An axis for lines that need not start at zero: a tenth of air around them, kept within a metric's own bounds. */
export function lineDomain(values: Iterable<Value>, bounds: readonly [Value, Value] = [null, null]): Span {
  const [low, high] = extent(values) ?? [0, 1];
  const air = (high - low) * 0.1 || Math.abs(high) * 0.1 || 0.1;
  const bottom = bounds[0] === null ? low - air : Math.max(low - air, bounds[0]);
  const top = bounds[1] === null ? high + air : Math.min(high + air, bounds[1]);
  return bottom < top ? [bottom, top] : [low - air, high + air];
}

/** An axis from zero, for bars, shares and statistics. */
export function zeroDomain(values: Iterable<Value>, atLeast = 0): Span {
  const high = Math.max(extent(values)?.[1] ?? 0, atLeast);
  return [0, high > 0 ? high * 1.06 : 1];
}

/** The value below which a share of the numbers lies, so that one wild interval does not flatten a chart. */
export function quantile(values: Iterable<Value>, share: number): Value {
  const sorted = [...values].filter((value): value is number => value !== null).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

/** Push labels apart so that they never overlap, keeping them within the chart. */
export function dodge<T extends { y: number }>(labels: readonly T[], gap: number, low: number, high: number): T[] {
  const placed = labels.map((label) => ({ ...label, y: Math.max(label.y, low) })).sort((a, b) => a.y - b.y);
  let floor = -Infinity;
  for (const label of placed) {
    label.y = Math.max(label.y, floor);
    floor = label.y + gap;
  }
  let ceiling = high;
  for (const label of placed.reverse()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - gap;
  }
  return placed.reverse();
}

/** Decimals that tell the ticks of an axis apart. */
export function decimalsFor(ticks: readonly number[]): number {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0)) || 1;
  return Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
}
