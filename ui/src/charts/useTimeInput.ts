import { useRef, useState } from 'preact/hooks';
import { cursor, cursorOwner } from '../state';
import { destination, ordered, whole } from './brush';
import { windowAt, type Span } from './scale';

export interface TimeInput {
  id: string;
  starts: readonly number[];
  stepMs: number;
  /** The instant under a place `px` right of the chart's left edge. */
  instantAt: (px: number) => number;
  onBrush?: ((span: Span) => void) | undefined;
}

/** Shorter drags are clicks. */
const CLICK_PX = 6;

/**
 * Pointer and keys of a time chart: the cursor follows the pointer or the arrow keys, a drag (or Shift and the arrow
 * keys, then Enter) chooses a span.
 */
export function useTimeInput(input: TimeInput) {
  const [chosen, choose] = useState<Span | null>(null);
  const pressed = useRef<{ x: number; instant: number } | null>(null);
  const keyed = useRef(false);

  const place = (event: PointerEvent): { x: number; instant: number } => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = Math.min(box.width, Math.max(0, event.clientX - box.left));
    return { x, instant: input.instantAt(x) };
  };
  const finish = (span: Span | null): void => {
    choose(null);
    if (span && input.onBrush) input.onBrush(whole(span, input.starts, input.stepMs));
  };

  const pointer = {
    onPointerDown(event: PointerEvent) {
      if (!input.onBrush || event.button !== 0 || event.pointerType === 'touch') return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      pressed.current = place(event);
    },
    onPointerMove(event: PointerEvent) {
      const here = place(event);
      keyed.current = false;
      point(input.id, here.instant);
      const from = pressed.current;
      if (from && Math.abs(here.x - from.x) > CLICK_PX) choose(ordered(from.instant, here.instant));
    },
    onPointerUp() {
      pressed.current = null;
      finish(chosen);
    },
    onPointerLeave() {
      if (!pressed.current && !keyed.current) point('', null);
    },
    onPointerCancel() {
      pressed.current = null;
      choose(null);
    },
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const last = input.starts.length - 1;
    const now = cursor.value === null ? last + 1 : windowAt(input.starts, input.stepMs, cursor.value);
    const to = destination(event.key, now, last);
    if (to !== null) {
      const start = input.starts[to] ?? 0;
      if (event.shiftKey && input.onBrush) {
        const anchor = chosen && pressed.current ? pressed.current.instant : (input.starts[Math.min(now, last)] ?? 0);
        pressed.current = { x: 0, instant: anchor };
        choose(ordered(anchor, start + (start >= anchor ? input.stepMs : 0)));
      } else {
        pressed.current = null;
        choose(null);
      }
      keyed.current = true;
      point(input.id, start + input.stepMs / 2);
      event.preventDefault();
    } else if (event.key === 'Enter' && chosen) {
      pressed.current = null;
      finish(chosen);
    } else if (event.key === 'Escape') clear();
  };
  const clear = (): void => {
    keyed.current = false;
    pressed.current = null;
    choose(null);
    if (cursorOwner.value === input.id) point('', null);
  };
  const onBlur = (): void => {
    if (keyed.current) clear();
  };
  return { chosen, pointer, keys: { onKeyDown, onBlur } };
}

function point(chart: string, instant: number | null): void {
  cursorOwner.value = chart;
  cursor.value = instant;
}
