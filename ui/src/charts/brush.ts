/** Where keys and drags lead on a time axis. */
import type { Span } from './scale';

const PAGE = 12;

/** Where a key moves the cursor, from window `now` of `0..last`; null when the key is not one of them. */
export function destination(key: string, now: number, last: number): number | null {
  const places: Record<string, number> = {
    ArrowLeft: now - 1,
    ArrowRight: now + 1,
    PageUp: now - PAGE,
    PageDown: now + PAGE,
    Home: 0,
    End: last,
  };
  const to = places[key];
  return to === undefined || last < 0 ? null : Math.min(last, Math.max(0, to));
}

export function ordered(one: number, other: number): Span {
  return one < other ? [one, other] : [other, one];
}

/** A span grown to the whole windows it touches. */
export function whole([from, to]: Span, starts: readonly number[], stepMs: number): Span {
  const touched = starts.filter((start) => start + stepMs > from && start < to);
  const first = touched[0];
  const last = touched[touched.length - 1];
  return first === undefined || last === undefined ? [from, to] : [first, last + stepMs];
}
