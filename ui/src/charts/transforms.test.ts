import { describe, expect, it } from 'vitest';
import type { DriftBin, MaturitySeries } from '../api/types';
import { percent } from '../format';
import { destination, whole } from './brush';
import { categoryRows } from './categories';
import { confusionView, OTHERS } from './confusion';
import { layFrame } from './frame';
import { contributionAt, layHistogram } from './histogramLayout';
import { immature, maturityText, stretches } from './maturity';
import { fileName, toCsv, written } from './table';
import { neighbour } from './useReader';

const bin = (given: Partial<DriftBin>): DriftBin => ({
  label: 'a',
  special: null,
  lower: null,
  upper: null,
  reference_share: 0,
  share: 0,
  contribution: null,
  ...given,
});

describe('immature', () => {
  const given: Pick<MaturitySeries, 'status' | 'cause' | 'expected_coverage'> = {
    status: ['mature', 'immature', 'immature', 'immature'],
    cause: [null, 'arriving', 'delay unknown', 'selective'],
    expected_coverage: [0.97, 0.97, null, 0.97],
  };
  it('is what the server calls so', () => expect(immature(given)).toEqual([false, true, true, true]));
  it('says why behind the coverage', () => {
    const texts = [0, 1, 2, 3].map((index) => maturityText(given, index));
    expect(texts).toEqual(['', `, still arriving, ${percent(0.97)} expected`, ', how many will come is unknown', ', of some scores more than of others']);
  });
  it('joins neighbours to stretches', () => {
    expect(stretches([true, true, false, true], [0, 10, 20, 30], 10)).toEqual([[0, 20], [30, 40]]);
  });
});

describe('layHistogram', () => {
  const distribution = { edges: [0, 10, 20], shares: [0.5, 0.4], reference_shares: [0.6, 0.4], below: 0, above: 0.02, reference_below: 0, reference_above: 0 };
  const bins = [
    bin({ label: '< 10', lower: null, upper: 10, share: 0.5, reference_share: 0.6, contribution: 0.3 }),
    bin({ label: '10 and up', lower: 10, upper: null, share: 0.4, reference_share: 0.4, contribution: 0.1 }),
    bin({ label: 'missing', special: 'missing', share: 0.08, contribution: 0.6 }),
    bin({ label: 'unseen', special: 'unseen' }),
  ];
  const layout = layHistogram(distribution, bins, 200, String);
  it('gives rows outside the edges and missing ones places of their own, and leaves out empty special bins', () => {
    expect(layout.bars.map((bar) => [bar.label, bar.special])).toEqual([['0 – 10', false], ['10 – 20', false], ['above', true], ['missing', true]]);
    expect(layout.plot).toBeLessThan(200);
    expect(layout.bars.every((bar) => bar.left + bar.width <= 200)).toBe(true);
  });
  it('draws open bins to the edges of the plot', () => {
    const wide = layout.strips.find((strip) => strip.label === '10 and up');
    expect(wide?.left).toBeCloseTo(layout.plot / 2);
    expect((wide?.left ?? 0) + (wide?.width ?? 0)).toBeCloseTo(layout.plot);
  });
  it('tells the share of the statistic under each bar, in shares of its sum', () => {
    expect(layout.bars.map((bar) => contributionAt(layout.strips, bar))).toEqual([0.3, 0.1, null, 0.6].map((share) => share && expect.closeTo(share)));
  });
  it('survives a column of one value', () => {
    const one = layHistogram({ ...distribution, edges: [5, 5], shares: [1], reference_shares: null }, [], 100, String);
    expect(one.bars.every((bar) => Number.isFinite(bar.left) && Number.isFinite(bar.width))).toBe(true);
  });
});

describe('categoryRows', () => {
  const bins = [bin({ label: 'small', share: 0.1 }), bin({ label: '', share: 0.2 }), bin({ label: 'gone', reference_share: 0.7 }), bin({ special: 'missing', share: 0.7 })];
  it('puts the largest of either window first and special bins last, and counts what is hidden', () => {
    const { rows, hidden } = categoryRows(bins, 2, true);
    expect(rows.map((row) => row.label)).toEqual(['gone', '(empty text)', 'missing']);
    expect(hidden).toBe(1);
  });
  it('has no reference to show where there is none', () => {
    expect(categoryRows(bins, 9, false).rows.every((row) => row.reference === null)).toBe(true);
  });
});

describe('confusionView', () => {
  it('takes shares of the actual class', () => {
    const { cells } = confusionView(['no', 'yes'], [[90, 10], [0, 0]]);
    expect(cells.map((cell) => cell.share)).toEqual([0.9, 0.1, null, null]);
    expect(cells.map((cell) => cell.right)).toEqual([true, false, false, true]);
  });
  it('joins the rarest of many classes and loses no row', () => {
    const classes = Array.from({ length: 30 }, (_, index) => `c${index}`);
    const counts = classes.map((_, i) => classes.map((__, j) => (i + 1) * (j === i ? 3 : 1)));
    const view = confusionView(classes, counts, 8);
    expect(view.classes).toHaveLength(8);
    expect(view.classes.at(-1)).toBe(OTHERS);
    expect(view.classes).toContain('c29');
    expect(view.joined).toBe(23);
    expect(view.cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(counts.flat().reduce((sum, n) => sum + n, 0));
  });
});

describe('files', () => {
  it('quotes what CSV needs quoted and leaves absent values empty', () => {
    const csv = toCsv({ caption: '', columns: ['a', 'b,c'], rows: [['x "y"', null], ['two\nlines', -1.5]] });
    expect(csv).toBe('a,"b,c"\r\n"x ""y""",\r\n"two\nlines",-1.5\r\n');
  });
  it('lets no name run as a formula, and keeps numbers as they are', () => {
    const csv = toCsv({ caption: '', columns: ['x'], rows: [['=1+1'], ['@SUM(A1)'], ['-12.5'], ['+x'], [-3]] });
    expect(csv).toBe("x\r\n'=1+1\r\n'@SUM(A1)\r\n-12.5\r\n'+x\r\n-3\r\n");
  });
  it('writes six figures on the page and a dash for what is absent', () => {
    expect([0.123456789, 12, null, 'x', 1e-12].map(written)).toEqual(['0.123457', '12', '–', 'x', '1e-12']);
  });
  it('names files by what every system takes', () => {
    expect(fileName(['<img src=x>', 'F1 / day'], 'csv')).toBe('img-src-x-f1-day.csv');
    expect(fileName(['\u202e..'], 'png')).toBe('chart.png');
  });
});

describe('keys', () => {
  it('moves along windows and stays within them', () => {
    expect(['ArrowLeft', 'ArrowRight', 'PageDown', 'Home', 'End', 'a'].map((key) => destination(key, 3, 10))).toEqual([2, 4, 10, 0, 10, null]);
    expect(destination('ArrowLeft', 0, 10)).toBe(0);
    expect(destination('End', 0, -1)).toBeNull();
  });
  it('moves through a matrix by rows', () => {
    expect(neighbour('ArrowDown', 1, 4, 2)).toBe(3);
    expect(neighbour('ArrowDown', 3, 4, 2)).toBe(3);
    expect(neighbour('ArrowRight', null, 4, 2)).toBe(0);
    expect(neighbour('x', 1, 4, 2)).toBeNull();
  });
  it('grows a drag to whole windows', () => {
    expect(whole([12, 31], [0, 10, 20, 30, 40], 10)).toEqual([10, 40]);
    expect(whole([100, 110], [0, 10], 10)).toEqual([100, 110]);
  });
});

it('lays a frame whose instants and px agree', () => {
  const frame = layFrame({
    width: 400,
    height: 200,
    margin: { top: 10, right: 50, bottom: 20, left: 50 },
    domain: [0, 1000],
    yDomain: [0, 1],
    yTicks: 4,
    starts: [0, 100],
    stepMs: 100,
  });
  expect([frame.width, frame.height]).toEqual([300, 170]);
  expect(frame.instantAt(frame.x(640))).toBeCloseTo(640);
  expect(frame.middle(1)).toBeCloseTo(frame.x(150));
  expect(frame.y(1)).toBe(0);
});
