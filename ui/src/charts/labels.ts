import { visible } from '../visible';
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

/** A name from outside, with what could hide or turn its text written out, cut to a length. */
export function plainName(name: string, longest = 120): string {
  const shown = visible(name);
  return shown.length > longest ? `${shown.slice(0, longest - 1)}…` : shown;
}

/** A name that has `px` of room in 12 px text; SVG cannot do it by itself. */
export function fitted(name: string, px: number): string {
  return plainName(name, Math.max(3, Math.floor(px / 6.6)));
}
