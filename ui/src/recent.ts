import type { Span } from './range';

const KEY = 'mlfoundry.ranges';
const KEPT = 4;

const isSpan = (value: unknown): value is Span =>
  typeof value === 'object' && value !== null && 'start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number';

/** Ranges that were picked by hand, newest first. */
export function recentSpans(): Span[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isSpan).slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function rememberSpan(span: Span): void {
  const others = recentSpans().filter((old) => old.start !== span.start || old.end !== span.end);
  try {
    localStorage.setItem(KEY, JSON.stringify([span, ...others].slice(0, KEPT)));
  } catch {
    /* storage is blocked: nothing is remembered */
  }
}
