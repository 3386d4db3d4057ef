/** What a table of thresholds says at one of them, and its curves as points: pure. */
import type { CalibrationPoints, CurvePoints, ThresholdPoints } from '../../api/types';
import type { DataTable } from '../../charts/table';
import type { XYPoint } from '../../charts/xy';

export interface Rate {
  key: string;
  label: string;
  /** What it is a share of. */
  of: string;
  value: number | null;
  lower: number | null;
  upper: number | null;
  n: number;
}

export interface Counts {
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  trueNegative: number;
}

const at = <Value>(values: readonly Value[], index: number): Value | null => values[index] ?? null;

export const countsAt = (points: ThresholdPoints, index: number): Counts => ({
  truePositive: points.true_positive[index] ?? 0,
  falsePositive: points.false_positive[index] ?? 0,
  falseNegative: points.false_negative[index] ?? 0,
  trueNegative: points.true_negative[index] ?? 0,
});

/** The four figures at a threshold, each with its interval and the rows it is a share of. */
export function ratesAt(points: ThresholdPoints, index: number): Rate[] {
  const { truePositive, falsePositive, falseNegative, trueNegative } = countsAt(points, index);
  const n = truePositive + falsePositive + falseNegative + trueNegative;
  return [
    { key: 'precision', label: 'Precision', of: 'predicted positive', value: at(points.precision, index), lower: at(points.precision_lower, index), upper: at(points.precision_upper, index), n: truePositive + falsePositive },
    { key: 'recall', label: 'Recall', of: 'actually positive', value: at(points.recall, index), lower: at(points.recall_lower, index), upper: at(points.recall_upper, index), n: truePositive + falseNegative },
    {
      key: 'false_positive_rate',
      label: 'False positive rate',
      of: 'actually negative',
      value: at(points.false_positive_rate, index),
      lower: at(points.false_positive_rate_lower, index),
      upper: at(points.false_positive_rate_upper, index),
      n: falsePositive + trueNegative,
    },
    { key: 'positive_rate', label: 'Share predicted positive', of: 'rows', value: at(points.positive_rate, index), lower: at(points.positive_rate_lower, index), upper: at(points.positive_rate_upper, index), n },
  ];
}

/** The threshold nearest to a wanted one; null where there is none, or none within `within` of it. */
export function nearest(points: ThresholdPoints, wanted: number, within = Infinity): number | null {
  let best: number | null = null;
  points.threshold.forEach((threshold, index) => {
    if (threshold === null) return;
    const now = best === null ? Infinity : Math.abs((points.threshold[best] ?? 0) - wanted);
    if (Math.abs(threshold - wanted) < now) best = index;
  });
  return best !== null && Math.abs((points.threshold[best] ?? 0) - wanted) <= within ? best : null;
}

/** Where a key leads from a threshold, the highest first; null for other keys. */
export function thresholdAfter(key: string, now: number, first: number, last: number): number | null {
  const places: Record<string, number> = {
    ArrowRight: now - 1,
    ArrowUp: now - 1,
    ArrowLeft: now + 1,
    ArrowDown: now + 1,
    PageUp: now - 10,
    PageDown: now + 10,
    Home: last,
    End: first,
  };
  const to = places[key];
  return to === undefined ? null : Math.min(last, Math.max(first, to));
}

/** The threshold with the highest F1, the higher one of equals. */
export function bestF1(points: ThresholdPoints): number | null {
  let best: number | null = null;
  points.f1.forEach((value, index) => {
    if (value !== null && points.threshold[index] != null && (best === null || value > (points.f1[best] ?? 0))) best = index;
  });
  return best;
}

/** The threshold that the URL names, else one half. */
export function chosenThreshold(points: ThresholdPoints, text: string): number | null {
  const wanted = text.trim() === '' ? NaN : Number(text);
  return nearest(points, Number.isFinite(wanted) ? wanted : 0.5);
}

export const rocPoints = ({ thresholds }: CurvePoints): XYPoint[] =>
  thresholds.threshold.map((_, index) => ({
    x: at(thresholds.false_positive_rate, index),
    y: at(thresholds.recall, index),
    lower: at(thresholds.recall_lower, index),
    upper: at(thresholds.recall_upper, index),
  }));

export const precisionPoints = ({ thresholds }: CurvePoints): XYPoint[] =>
  thresholds.threshold.map((_, index) => ({
    x: at(thresholds.recall, index),
    y: at(thresholds.precision, index),
    lower: at(thresholds.precision_lower, index),
    upper: at(thresholds.precision_upper, index),
  }));

export type RateName = 'precision' | 'recall' | 'false_positive_rate' | 'positive_rate';

/** A figure over the thresholds; the one above all scores has no place there. */
export const overThresholds = ({ thresholds }: CurvePoints, name: RateName): XYPoint[] =>
  thresholds.threshold.map((threshold, index) => ({
    x: threshold,
    y: at(thresholds[name], index),
    lower: at(thresholds[`${name}_lower`], index),
    upper: at(thresholds[`${name}_upper`], index),
  }));

export const calibrationPoints = (calibration: CalibrationPoints): XYPoint[] =>
  calibration.score.map((score, index) => ({ x: score, y: at(calibration.observed, index), lower: at(calibration.lower, index), upper: at(calibration.upper, index) }));

/** How far the axes of calibration reach: to the highest score or share, on a round tenth. */
export function calibrationEnd(all: readonly (CalibrationPoints | null | undefined)[]): number {
  const highest = Math.max(0, ...all.flatMap((one) => (one ? [...one.score, ...one.upper] : [])));
  return Math.min(1, Math.max(0.1, Math.ceil(highest * 10) / 10));
}

export function thresholdTable(points: CurvePoints | null, caption: string): DataTable {
  const thresholds = points?.thresholds;
  const columns = ['threshold', 'true_positive', 'false_positive', 'false_negative', 'true_negative', 'precision', 'precision_lower', 'precision_upper', 'recall', 'recall_lower', 'recall_upper', 'false_positive_rate', 'false_positive_rate_lower', 'false_positive_rate_upper', 'positive_rate', 'positive_rate_lower', 'positive_rate_upper', 'f1', 'accuracy'] as const;
  return { caption, columns, rows: (thresholds?.threshold ?? []).map((_, index) => columns.map((name) => thresholds?.[name][index] ?? null)) };
}

export function calibrationTable(points: CurvePoints | null, reference: CurvePoints | null, caption: string): DataTable {
  const row = (which: string, { calibration }: CurvePoints) =>
    calibration.score.map((score, index) => [which, score, at(calibration.observed, index), at(calibration.lower, index), at(calibration.upper, index), at(calibration.n, index)]);
  return {
    caption,
    columns: ['Of', 'Mean score', 'Share that turned out', 'Lower 95 %', 'Upper 95 %', 'n'],
    rows: [...(points ? row('current', points) : []), ...(reference ? row('reference', reference) : [])],
  };
}
