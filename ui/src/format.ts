const NARROW = '\u202f';
const MINUS = '\u2212';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const proper = (text: string): string => text.replace('-', MINUS);

/** 461,803 */
export const int = (value: number): string => proper(whole.format(value));
/** 461.8K */
export const compact = (value: number): string => proper(short.format(value));
/** A share as 94.9 %; never "100.0 %" for what is not all, nor "0.0 %" for what is not none. */
export function percent(share: number, digits = 1): string {
  const step = 10 ** -digits;
  const value = share * 100;
  if (share < 1 && value > 100 - step / 2) return `>${(100 - step).toFixed(digits)}${NARROW}%`;
  if (share > 0 && value < step / 2) return `<${step.toFixed(digits)}${NARROW}%`;
  return `${proper(value.toFixed(digits))}${NARROW}%`;
}
/** A number of any size in about `digits` significant figures: 0.827, 12.3, 1,204, 3.2M, 1.5e−7. */
export function number(value: number, digits = 3): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (size !== 0 && (size < 10 ** -digits || size >= 1e15)) return proper(value.toExponential(digits - 2));
  if (size >= 1e6) return compact(value);
  if (size >= 1000) return int(value);
  const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.max(-1, Math.floor(Math.log10(size))));
  return proper(Number.isInteger(value) ? String(value) : value.toFixed(decimals));
}
/** A number as it was given, unrounded. */
export const exact = (value: number): string => proper(String(value));
/** With its sign: +0.051, −0.051, ±0. */
export function signed(value: number, write: (value: number) => string = number): string {
  if (value === 0) return '±0';
  return (value > 0 ? '+' : MINUS) + write(Math.abs(value));
}
/** A difference of two shares in percentage points: −12.2 pp. */
export const points = (share: number): string => `${signed(share, (size) => (size * 100).toFixed(1))}${NARROW}pp`;

/** 1.4 MB */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(units.length - 1, size < 1 ? 0 : Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return `${step === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1)}${NARROW}${units[step]}`;
}

/** Seconds as 45 s, 12 min, 9.4 h, 3.2 d. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? MINUS : '';
  const write = (value: number, unit: string, fine = false): string =>
    `${sign}${fine && value < 10 && value.toFixed(1).at(-1) !== '0' ? value.toFixed(1) : value.toFixed(0)}${NARROW}${unit}`;
  if (size < 60) return write(size, 's');
  if (size < 3600) return write(size / 60, 'min');
  if (size < 48 * 3600) return write(size / 3600, 'h', true);
  return write(size / 86400, 'd', true);
}

/** How long before `now`: "just now", "4 min ago". */
export function ago(at: number | string, now: number): string {
  const seconds = (now - toMs(at)) / 1000;
  if (seconds < -60) return `in ${duration(-seconds)}`;
  return seconds < 45 ? 'just now' : `${duration(seconds)} ago`;
}

/** Milliseconds since 1970 of what the API writes. */
export const toMs = (at: number | string): number => (typeof at === 'number' ? at : Date.parse(at));

function clock(options: Intl.DateTimeFormatOptions): (at: number | string) => string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hourCycle: 'h23', ...options });
  return (at) => format.format(toMs(at));
}
/** 9 Nov */
export const day = clock({ day: 'numeric', month: 'short' });
/** 9 Nov 2026 */
export const date = clock({ day: 'numeric', month: 'short', year: 'numeric' });
/** 08:00 */
export const hour = clock({ hour: '2-digit', minute: '2-digit' });
/** Thu, 19 Nov, 10:00: the zone is said beside it. */
export const weekday = clock({ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
/** 9 Nov 2026, 08:00 */
export const moment = clock({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
/** 2026-11-09 08:00:00.123 UTC, for where the exact time matters. */
export const instant = (at: number | string): string => {
  const text = new Date(toMs(at)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23).replace(/\.000$/, '')} UTC`;
};
/** A tick of a time axis: the day at midnight, else the hour. */
export const axisTime = (at: number): string => (at % 86_400_000 === 0 ? day(at) : hour(at));
/** The span in words: 9 Nov, 08:00 – 23 Nov, 08:00. */
export function spanText(start: number | string, end: number | string): string {
  const write = clock({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return `${write(start)} – ${write(end)}`;
}
/** A length of time as in "2 h" or "1 day", for bins. */
export function binText(seconds: number): string {
  if (seconds % 86400 === 0) return seconds === 86400 ? 'day' : `${seconds / 86400} days`;
  if (seconds % 3600 === 0) return seconds === 3600 ? 'hour' : `${seconds / 3600}${NARROW}h`;
  return duration(seconds);
}
