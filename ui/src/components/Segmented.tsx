interface SegmentedProps<Key extends string> {
  label: string;
  options: readonly { key: Key; label: string }[];
  value: Key;
  onChoose: (key: Key) => void;
}

/** A few choices of which one holds; arrow keys move, as in any group of radio buttons. */
export function Segmented<Key extends string>({ label, options, value, onChoose }: SegmentedProps<Key>) {
  const move = (event: KeyboardEvent, index: number): void => {
    const step = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowUp' ? -1 : 0;
    const next = options[(index + step + options.length) % options.length];
    if (step === 0 || !next) return;
    event.preventDefault();
    onChoose(next.key);
    const buttons = (event.currentTarget as HTMLElement).parentElement?.children;
    (buttons?.[options.indexOf(next)] as HTMLElement | undefined)?.focus();
  };
  return (
    <div class="seg" role="radiogroup" aria-label={label}>
      {options.map((option, index) => (
        <button
          key={option.key}
          type="button"
          role="radio"
          aria-checked={option.key === value}
          tabIndex={option.key === value ? 0 : -1}
          data-testid={`choose-${option.key}`}
          onClick={() => onChoose(option.key)}
          onKeyDown={(event) => move(event, index)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
