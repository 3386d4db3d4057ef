/** What a histogram draws, in shares and px, from the API's distribution and the bins of the statistic. */
import type { Distribution, DriftBin } from '../api/types';

export interface Bar {
  label: string;
  left: number;
  width: number;
  share: number;
  reference: number | null;
  special: boolean;
}

/** A stretch under the histogram, as dark as its bin's share of the statistic. */
export interface Strip {
  label: string;
  left: number;
  width: number;
  contribution: number;
}

export interface HistogramLayout {
  bars: Bar[];
  strips: Strip[];
  /** Where values lie: `[0, plot]` px. */
  plot: number;
  x: (value: number) => number;
}

const SPECIAL_WIDTH = 30;
const SPECIAL_GAP = 14;
const NARROWEST_STRIP = 3;

/** Rows that no bin between the edges holds. */
export function specialBins(distribution: Distribution, bins: readonly DriftBin[]): DriftBin[] {
  const outside = (special: 'below' | 'above', share: number, reference: number | null): DriftBin => {
    const known = bins.find((bin) => bin.special === special);
    const label = special === 'below' ? 'below the histogram' : 'above the histogram';
    const blank = { label, special, lower: null, upper: null, contribution: null };
    return { ...(known ?? blank), share, reference_share: reference ?? 0 };
  };
  return [
    outside('below', distribution.below, distribution.reference_below),
    outside('above', distribution.above, distribution.reference_above),
    ...bins.filter((bin) => bin.special !== null && bin.special !== 'below' && bin.special !== 'above'),
  ].filter((bin) => bin.share > 0 || bin.reference_share > 0);
}

/** Place bins, special bins and contributions on `width` px. */
export function layHistogram(
  distribution: Distribution,
  bins: readonly DriftBin[],
  width: number,
  write: (value: number) => string,
): HistogramLayout {
  const specials = specialBins(distribution, bins);
  const plot = width - (specials.length ? SPECIAL_GAP + specials.length * SPECIAL_WIDTH : 0);
  const { edges } = distribution;
  const first = edges[0] ?? 0;
  const length = (edges[edges.length - 1] ?? 1) - first || 1;
  const x = (value: number): number => ((value - first) / length) * plot;
  const inner = distribution.shares.map((share, bin): Bar => {
    const [lower, upper] = [edges[bin] ?? first, edges[bin + 1] ?? first];
    return {
      label: `${write(lower)} – ${write(upper)}`,
      left: x(lower),
      width: x(upper) - x(lower),
      share,
      reference: distribution.reference_shares?.[bin] ?? null,
      special: false,
    };
  });
  const outer = specials.map((bin, at): Bar => ({
    label: bin.special ?? bin.label,
    left: plot + SPECIAL_GAP + at * SPECIAL_WIDTH,
    width: SPECIAL_WIDTH,
    share: bin.share,
    reference: distribution.reference_shares ? bin.reference_share : null,
    special: true,
  }));
  const total = bins.reduce((sum, bin) => sum + Math.abs(bin.contribution ?? 0), 0);
  const strips = [...innerStrips(bins, x, plot), ...outerStrips(specials, outer)].map((strip) => ({
    ...strip,
    contribution: total > 0 ? strip.contribution / total : 0,
  }));
  return { bars: [...inner, ...outer], strips, plot, x };
}

function innerStrips(bins: readonly DriftBin[], x: (value: number) => number, plot: number): Strip[] {
  return bins
    .filter((bin) => bin.special === null && bin.contribution !== null)
    .map((bin) => {
      const left = Math.max(0, Math.min(plot, bin.lower === null ? 0 : x(bin.lower)));
      const right = Math.max(0, Math.min(plot, bin.upper === null ? plot : x(bin.upper)));
      const width = Math.max(NARROWEST_STRIP, right - left);
      return { label: bin.label, left: Math.min(left, plot - width), width, contribution: bin.contribution ?? 0 };
    })
    .sort((one, other) => other.width - one.width);
}

function outerStrips(specials: readonly DriftBin[], bars: readonly Bar[]): Strip[] {
  return specials.flatMap((bin, at) => {
    const bar = bars[at];
    if (!bar || bin.contribution === null) return [];
    return [{ label: bar.label, left: bar.left + 3, width: bar.width - 6, contribution: bin.contribution }];
  });
}

/** The share of the statistic that the place of a bar carries: of the strip over its middle. */
export function contributionAt(strips: readonly Strip[], bar: Bar): number | null {
  const middle = bar.left + bar.width / 2;
  const over = strips.filter((strip) => strip.left <= middle && middle <= strip.left + strip.width);
  return over.reduce<Strip | null>((least, strip) => (least && least.width <= strip.width ? least : strip), null)?.contribution ?? null;
}
