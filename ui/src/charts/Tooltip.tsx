/** A figure of a chart in words: what the tooltip draws and the live region says. */
export interface Reading {
  label: string;
  value: string;
  /** The swatch of the mark it belongs to. */
  swatch?: 'current' | 'reference' | 'band' | 'volume' | 'waiting' | 'dropped' | 'contribution' | 'drifted' | 'watch' | undefined;
  /** Begins a group of its own. */
  apart?: boolean | undefined;
}

export function spoken(title: string, readings: readonly Reading[]): string {
  return `${title}: ${readings.map((reading) => `${reading.label} ${reading.value}`).join(', ')}`;
}

interface TooltipProps {
  title: string;
  readings: readonly Reading[];
  left: number;
  top?: number;
  /** Whether it opens to the left, where there is more room. */
  flip: boolean;
}

export function Tooltip({ title, readings, left, top = 6, flip }: TooltipProps) {
  return (
    <div class={flip ? 'tip flip' : 'tip'} style={{ left: `${left}px`, top: `${top}px` }} aria-hidden="true">
      <div class="tip-title">
        <bdi>{title}</bdi>
      </div>
      {readings.map((reading) => (
        <div class={reading.apart ? 'tip-row apart' : 'tip-row'} key={reading.label}>
          <i class={`swatch ${reading.swatch ?? 'blank'}`} />
          {reading.label}
          <b>{reading.value}</b>
        </div>
      ))}
    </div>
  );
}

/** What a chart says to a screen reader while its cursor moves. */
export function Live({ text }: { text: string }) {
  return (
    <div class="sr" role="status" aria-live="polite">
      {text}
    </div>
  );
}
