import { describe, expect, it } from 'vitest';
import type { ClassFigures, CurvePoints, Maturity, ThresholdPoints } from '../../api/types';
import { bestF1, calibrationEnd, calibrationPoints, chosenThreshold, nearest, overThresholds, ratesAt, rocPoints, thresholdAfter, thresholdTable } from './thresholds';
import { bounds, classFigure, classTable, coverageText, matureText, maturityText } from './words';

// Five rows: scores 0.9 and 0.6 of positives, 0.4 of a positive, 0.6 and 0.1 of negatives.
const thresholds: ThresholdPoints = {
  threshold: [null, 0.9, 0.6, 0.4, 0.1],
  true_positive: [0, 1, 2, 3, 3],
  false_positive: [0, 0, 1, 1, 2],
  false_negative: [3, 2, 1, 0, 0],
  true_negative: [2, 2, 1, 1, 0],
  precision: [null, 1, 2 / 3, 0.75, 0.6],
  precision_lower: [null, 0.2, 0.2, 0.3, 0.2],
  precision_upper: [null, 1, 0.9, 0.95, 0.9],
  recall: [0, 1 / 3, 2 / 3, 1, 1],
  recall_lower: [0, 0.1, 0.2, 0.4, 0.4],
  recall_upper: [0.5, 0.7, 0.9, 1, 1],
  false_positive_rate: [0, 0, 0.5, 0.5, 1],
  false_positive_rate_lower: [0, 0, 0.1, 0.1, 0.3],
  false_positive_rate_upper: [0.6, 0.6, 0.9, 0.9, 1],
  f1: [0, 0.5, 2 / 3, 6 / 7, 0.75],
  accuracy: [0.4, 0.6, 0.6, 0.8, 0.6],
  positive_rate: [0, 0.2, 0.6, 0.8, 1],
  positive_rate_lower: [0, 0.04, 0.2, 0.4, 0.6],
  positive_rate_upper: [0.4, 0.6, 0.9, 0.96, 1],
};
const curves: CurvePoints = { n: 5, n_positive: 3, thresholds, calibration: { n: [2, 3], score: [0.25, 0.7], observed: [0.5, 0.67], lower: [0.1, 0.3], upper: [0.9, 0.95], bound: 0.001 } };

describe('a threshold', () => {
  it('says of how many rows each figure is a share', () => {
    const rates = ratesAt(thresholds, 2);
    expect(rates.map(({ key, n }) => [key, n])).toEqual([
      ['precision', 3],
      ['recall', 3],
      ['false_positive_rate', 2],
      ['positive_rate', 5],
    ]);
    expect(rates[3]?.value).toBe(0.6);
    expect(rates[0]?.lower).toBe(0.2);
  });
  it('has no precision where nothing is predicted', () => expect(ratesAt(thresholds, 0)[0]?.value).toBeNull());
  it('is the nearest that there is, never the one above all scores', () => {
    expect(nearest(thresholds, 0.55)).toBe(2);
    expect(nearest(thresholds, 5)).toBe(1);
    expect(nearest(thresholds, 0.55, 0.01)).toBeNull();
  });
  it('is that of the URL, else one half', () => {
    expect(chosenThreshold(thresholds, '0.1')).toBe(4);
    expect(chosenThreshold(thresholds, '0')).toBe(4);
    expect(chosenThreshold(thresholds, '')).toBe(2);
    expect(chosenThreshold(thresholds, 'nonsense')).toBe(2);
  });
  it('with the highest F1 is found', () => expect(bestF1(thresholds)).toBe(3));
  it('moves by keys within what there is', () => {
    expect(thresholdAfter('ArrowRight', 2, 1, 4)).toBe(1);
    expect(thresholdAfter('ArrowRight', 1, 1, 4)).toBe(1);
    expect(thresholdAfter('Home', 1, 1, 4)).toBe(4);
    expect(thresholdAfter('x', 1, 1, 4)).toBeNull();
  });
});

describe('curves', () => {
  it('are recall over false alarms, from nothing to all', () => {
    const points = rocPoints(curves);
    expect(points[0]).toEqual({ x: 0, y: 0, lower: 0, upper: 0.5 });
    expect(points.at(-1)).toMatchObject({ x: 1, y: 1 });
  });
  it('over thresholds have no place above all scores', () => expect(overThresholds(curves, 'recall')[0]?.x).toBeNull());
  it('of calibration reach to a round end', () => {
    expect(calibrationEnd([curves.calibration])).toBe(1);
    expect(calibrationEnd([{ ...curves.calibration, score: [0.02], upper: [0.12] }, null])).toBeCloseTo(0.2);
    expect(calibrationEnd([])).toBe(0.1);
    expect(calibrationPoints(curves.calibration)[1]).toEqual({ x: 0.7, y: 0.67, lower: 0.3, upper: 0.95 });
  });
  it('as a table have a row for each threshold', () => {
    const table = thresholdTable(curves, 'ROC');
    expect(table.rows).toHaveLength(5);
    expect(table.rows[1]?.[table.columns.indexOf('precision')]).toBe(1);
    expect(thresholdTable(null, 'ROC').rows).toEqual([]);
  });
});

describe('maturity in words', () => {
  const mature: Maturity = { status: 'mature', cause: null, reason: null, coverage: 0.95, expected_coverage: 0.97, mature_at: null };
  it('says how much there is of what is expected', () => {
    expect(coverageText(mature)).toBe('95.0\u202f% of 97.0\u202f% expected');
    expect(coverageText({ ...mature, coverage: null })).toBe('no predictions');
    expect(coverageText({ ...mature, expected_coverage: null })).toContain('unknown');
  });
  it('says when', () => {
    expect(matureText({ ...mature, status: 'immature', mature_at: '2026-11-28T06:00:00Z' })).toBe('expected mature 28 Nov 2026, 06:00 UTC');
    expect(matureText({ ...mature, status: 'immature' })).toBe('when is not known yet');
  });
  it('gives the server’s reason before its own', () => {
    expect(maturityText({ ...mature, status: 'immature', cause: 'arriving', reason: 'immature (delay unknown): half of them wait' })).toBe('half of them wait');
    expect(maturityText({ ...mature, status: 'immature', cause: 'selective' })).toContain('some scores');
  });
});

describe('classes', () => {
  const late: ClassFigures = { label: 'late', actual: 40, predicted: 50, precision: 0.5, precision_interval: { lower: 0.4, upper: 0.6, method: 'Wilson' }, recall: null, recall_interval: null, f1: null, roc_auc: 0.7, roc_auc_interval: null };
  it('are sorted by what the URL names', () => {
    expect(classFigure(late, 'precision')).toBe(0.5);
    expect(classFigure(late, 'nonsense')).toBe(40);
  });
  it('keep what is not known empty', () => {
    const table = classTable([late], []);
    expect(table.rows[0]?.[table.columns.indexOf('Recall')]).toBeNull();
    expect(bounds(null)).toBe('');
    expect(bounds(late.precision_interval)).toBe('0.400 – 0.600');
  });
});
