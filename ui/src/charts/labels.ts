import { date, hour, weekday } from '../format';

const DAY_MS = 86_400_000;

/** A window in words, with its zone: "Thu, 19 Nov, 10:00–12:00 UTC", "19 Nov 2026 UTC", "16 Nov 2026 – 22 Nov 2026 UTC". */
export function windowLabel(start: number, stepMs: number): string {
  if (stepMs % DAY_MS !== 0 || start % DAY_MS !== 0) {
    const end = start + stepMs;
    return `${weekday(start)}–${stepMs < DAY_MS ? hour(end) : weekday(end)} UTC`;
  }
  return stepMs === DAY_MS ? `${date(start)} UTC` : `${date(start)} – ${date(start + stepMs - DAY_MS)} UTC`;
}

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A name from outside, cut to a length, with what could hide or turn its text written out. */
export function plainName(name: string, longest = 120): string {
  const cut = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
  return cut.replace(HIDDEN, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A name that has `px` of room in 12 px text; SVG cannot do it by itself. */
export function fitted(name: string, px: number): string {
  return plainName(name, Math.max(3, Math.floor(px / 6.6)));
}
