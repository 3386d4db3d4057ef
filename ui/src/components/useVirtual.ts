import { useEffect, useRef, useState } from 'preact/hooks';

/** Rows drawn beyond what is seen, on each side. */
const SPARE = 8;
/** Below this many rows all are drawn: the browser's own search and a screen reader see them. */
const FEW = 120;

export interface Slice {
  first: number;
  last: number;
}

/** The rows to draw of `count`, each `height` px, in a view scrolled to `top` that is `room` px high. */
export function visibleRows(count: number, height: number, top: number, room: number): Slice {
  if (count <= FEW) return { first: 0, last: count };
  const first = Math.max(0, Math.floor(top / height) - SPARE);
  const last = Math.min(count, Math.ceil((top + room) / height) + SPARE);
  return { first: Math.min(first, Math.max(0, count - 1)), last };
}

/**
 * Draws only what is seen of a long table. Put `box` on the scrolling element and rows of `before` and `after` px
 * around the slice.
 */
export function useVirtual(count: number, height: number) {
  const box = useRef<HTMLDivElement>(null);
  const [slice, put] = useState<Slice>(() => visibleRows(count, height, 0, 800));
  useEffect(() => {
    const view = box.current;
    if (!view) return;
    const look = (): void =>
      put((old) => {
        const next = visibleRows(count, height, view.scrollTop, view.clientHeight);
        return next.first === old.first && next.last === old.last ? old : next;
      });
    look();
    view.addEventListener('scroll', look, { passive: true });
    return () => view.removeEventListener('scroll', look);
  }, [count, height]);
  const last = Math.min(slice.last, count);
  const first = Math.min(slice.first, last);
  return { box, first, last, before: first * height, after: (count - last) * height };
}
