import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface PopoverProps {
  /** What the button says. */
  face: ComponentChildren;
  /** The button's name, where its face is an icon alone. */
  label?: string;
  /** What the face does not say to those who only hear it. */
  more?: string;
  testId?: string;
  class?: string;
  end?: boolean;
  children: (close: () => void) => ComponentChildren;
}

/** A button that opens a panel; Escape or a click elsewhere closes it, arrow keys move between its options. */
export function Popover({ face, label, more, testId, class: classes = 'button', end = false, children }: PopoverProps) {
  const [open, put] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = (): void => {
    put(false);
    root.current?.querySelector('button')?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const options = root.current?.querySelectorAll<HTMLElement>('.panel .option');
    const chosen = [...(options ?? [])].find((option) => option.getAttribute('aria-pressed') === 'true');
    (chosen ?? options?.[0])?.focus();
    const outside = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) put(false);
    };
    addEventListener('pointerdown', outside);
    return () => removeEventListener('pointerdown', outside);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!open) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    }
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') moveFocus(event, root.current);
  };
  return (
    <div class="popover" ref={root} onKeyDown={onKeyDown}>
      <button type="button" class={classes} aria-expanded={open} aria-label={label} title={label} data-testid={testId} onClick={() => put(!open)}>
        {face}
        {more && <span class="sr">{more}</span>}
      </button>
      {open && <div class={end ? 'panel from-right' : 'panel'}>{children(close)}</div>}
    </div>
  );
}

function moveFocus(event: KeyboardEvent, root: HTMLElement | null): void {
  const options = [...(root?.querySelectorAll<HTMLElement>('.panel .option') ?? [])];
  const at = options.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  options[(at + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length]?.focus();
}
