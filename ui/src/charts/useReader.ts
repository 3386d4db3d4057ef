import { useState } from 'preact/hooks';

/**
 * Reading a chart without a time axis: the pointer or the arrow keys choose one of `length` marks.
 *
 * `across` is how many marks stand beside each other in a row; Up and Down move by rows.
 */
export function useReader(length: number, across = 1) {
  const [index, read] = useState<number | null>(null);
  const now = index !== null && index < length ? index : null;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') read(null);
    const to = neighbour(event.key, now, length, across);
    if (to === null) return;
    event.preventDefault();
    read(to);
  };
  return { index: now, read, keys: { tabIndex: 0, onKeyDown, onBlur: () => read(null) } };
}

/** The mark that a key leads to; null for other keys. */
export function neighbour(key: string, now: number | null, length: number, across: number): number | null {
  const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  const move = moves[key];
  if (length === 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return length - 1;
  if (move === undefined) return null;
  if (now === null) return 0;
  const to = now + move;
  return to < 0 || to >= length ? now : to;
}
