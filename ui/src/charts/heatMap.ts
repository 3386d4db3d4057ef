/** Where the cells of a heat map lie and how dark they are: pure, so that the chart only draws. */
import type { Tone } from '../statuses';
import type { Value } from './scale';

export interface HeatRow {
  key: string;
  /** The text at the left. */
  name: string;
  tone: Tone;
  values: readonly Value[];
  tones: readonly Tone[];
  /** The text at the right: the figure of the whole window. */
  figure: string;
}

export interface HeatCell {
  step: number;
  left: number;
  width: number;
  /** 0 to 1; null where there is no value. */
  shade: number | null;
  tone: Tone;
}

/** How dark a value is: the root, so that few per cent still show beside many. */
export function shadeOf(value: Value, most: number): number | null {
  if (value === null) return null;
  return most > 0 ? Math.sqrt(Math.min(1, Math.max(0, value) / most)) : 0;
}

/** The cells of one row on `plot` px. */
export function cellsOf(row: Pick<HeatRow, 'values' | 'tones'>, plot: number, most: number): HeatCell[] {
  const width = plot / Math.max(1, row.values.length);
  const gap = width > 5 ? 1 : 0;
  return row.values.map((value, step) => ({
    step,
    left: step * width,
    width: Math.max(0.5, width - gap),
    shade: shadeOf(value, most),
    tone: row.tones[step] ?? 'quiet',
  }));
}

/** The step under a place on `plot` px. */
export const stepAt = (x: number, plot: number, steps: number): number => Math.min(steps - 1, Math.max(0, Math.floor((x / plot) * steps)));
