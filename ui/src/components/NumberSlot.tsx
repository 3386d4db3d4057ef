import type { ComponentChildren } from 'preact';

/** One figure of the strip at the top of a page; a placeholder until there is something to say. */
export function Slot({ title, testId, children }: { title: string; testId: string; children: ComponentChildren }) {
  return (
    <div class="number" data-testid={`number-${testId}`}>
      <h2>{title}</h2>
      {children || <div class="number-waiting" aria-hidden="true" />}
    </div>
  );
}

/** In place of a figure that does not exist: why, in words. */
export function Absent({ text, note }: { text: string; note?: string | undefined }) {
  return (
    <p class="absent">
      <span>{text}</span>
      {note && <span class="muted">{note}</span>}
    </p>
  );
}
