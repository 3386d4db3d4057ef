import { batch, effect, signal } from '@preact/signals';
import { round } from './api/useAnswer';
import { now, query } from './state';

const EVERY_MS = 5000;

/** Whether the page follows the clock. */
export const live = signal(false);

/** Ask everything again; a range that ends now ends at the new now. */
export function refresh(): void {
  batch(() => {
    if (!query.peek().start) now.value = Date.now();
    round.value++;
  });
}

effect(() => {
  if (!live.value) return;
  const timer = setInterval(() => {
    if (!document.hidden) refresh();
  }, EVERY_MS);
  return () => clearInterval(timer);
});
