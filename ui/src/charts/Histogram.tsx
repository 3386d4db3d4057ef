import { scaleLinear } from 'd3-scale';
import type { Distribution, DriftBin } from '../api/types';
import { number, percent } from '../format';
import { contributionAt, layHistogram, type Bar, type HistogramLayout } from './histogramLayout';
import { stepPath } from './paths';
import { decimalsFor, zeroDomain } from './scale';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useReader } from './useReader';
import { useWidth } from './useWidth';

export interface HistogramProps {
  id: string;
  title: string;
  distribution: Distribution;
  /** The bins of the statistic, for the strip and the special bins. */
  bins?: readonly DriftBin[];
  statistic?: string;
  /** A line at this value, such as 0 under residuals. */
  mark?: { value: number; label: string } | undefined;
  height?: number;
  write?: (value: number) => string;
}

const MARGIN = { top: 10, right: 4, bottom: 20, left: 40 };
const STRIP = { height: 10, gap: 5 };

/** Shares, never counts: the two windows hold different numbers of rows. */
export function Histogram({ id, title, distribution, bins = [], statistic, mark, height = 216, write = number }: HistogramProps) {
  const [ref, width] = useWidth<HTMLDivElement>(420);
  const layout = layHistogram(distribution, bins, width - MARGIN.left - MARGIN.right, write);
  const { bars, strips, plot, x } = layout;
  const reader = useReader(bars.length);
  const below = strips.length ? STRIP.height + STRIP.gap : 0;
  const high = height - MARGIN.top - MARGIN.bottom - below;
  const y = scaleLinear(zeroDomain(bars.flatMap((bar) => [bar.share, bar.reference]), 0.001), [high, 0]);
  const ticks = scaleLinear([distribution.edges[0] ?? 0, distribution.edges[distribution.edges.length - 1] ?? 1], [0, plot]).ticks(
    Math.max(2, Math.floor(plot / 62)),
  );
  const chosen = reader.index === null ? null : (bars[reader.index] ?? null);
  const readings = chosen ? readingsOf(chosen, layout, statistic) : [];
  return (
    <div class="chart histogram" ref={ref} data-testid={`chart-${id}`}>
      <svg
        class="focusable"
        width={width}
        height={height}
        role="application"
        aria-roledescription="histogram"
        aria-label={`${title}. Arrow keys read the bins.`}
        {...reader.keys}
      >
        <g transform={`translate(${MARGIN.left},${MARGIN.top})`}>
          <ShareAxis y={y} width={width - MARGIN.left - MARGIN.right} />
          {distribution.reference_shares && (
            <path class="reference-fill" d={`${stepPath(distribution.edges, distribution.reference_shares, x, y)}Z`} />
          )}
          {bars.map((bar, at) => (
            <BarMark key={bar.label + at} bar={bar} y={y} high={high} on={at === reader.index} bin={at} />
          ))}
          {distribution.reference_shares && <path class="reference-step" d={stepPath(distribution.edges, distribution.reference_shares, x, y)} />}
          {strips.map((strip, at) => (
            <rect
              key={at}
              class="strip"
              x={strip.left}
              width={strip.width}
              y={high + STRIP.gap}
              height={STRIP.height}
              style={{ opacity: darkness(strip.contribution, strips) }}
            />
          ))}
          {mark && x(mark.value) >= 0 && x(mark.value) <= plot && (
            <g class="value-mark" transform={`translate(${x(mark.value)},0)`}>
              <line y2={high} />
              <title>{mark.label}</title>
            </g>
          )}
          <g aria-hidden="true">
            {ticks.map((value) => (
              <text key={value} class="tick" x={x(value)} y={high + below + 15} text-anchor="middle">
                {number(value)}
              </text>
            ))}
            {bars.filter((bar) => bar.special).map((bar) => (
              <text key={bar.label} class="tick special" x={bar.left + bar.width / 2} y={high + below + 15} text-anchor="middle">
                {SHORT[bar.label] ?? bar.label}
              </text>
            ))}
          </g>
          {bars.map((bar, at) => (
            <rect
              key={at}
              class="hit plain"
              x={bar.left}
              width={Math.max(0, bar.width)}
              height={high + below}
              onPointerEnter={() => reader.read(at)}
              onPointerLeave={() => reader.read(null)}
            />
          ))}
        </g>
      </svg>
      {chosen && (
        <Tooltip title={chosen.label} readings={readings} left={MARGIN.left + chosen.left + chosen.width / 2} flip={chosen.left > width * 0.45} />
      )}
      <Live text={chosen ? spoken(chosen.label, readings) : ''} />
    </div>
  );
}

/** Names that have to fit under a narrow bar. */
const SHORT: Record<string, string> = { missing: 'null', below: '<', above: '>', unseen: 'new', other: 'other' };

function darkness(contribution: number, strips: readonly { contribution: number }[]): number {
  const most = Math.max(...strips.map((strip) => Math.abs(strip.contribution)));
  return most > 0 ? 0.06 + 0.94 * Math.sqrt(Math.abs(contribution) / most) : 0.06;
}

function readingsOf(bar: Bar, layout: HistogramLayout, statistic: string | undefined): Reading[] {
  const contribution = contributionAt(layout.strips, bar);
  return [
    ...(bar.reference === null ? [] : [{ label: 'Reference', value: percent(bar.reference), swatch: 'reference' as const }]),
    { label: 'Current', value: percent(bar.share), swatch: 'current' },
    ...(contribution === null || !statistic
      ? []
      : [{ label: `Share of ${statistic}`, value: percent(contribution, 0), swatch: 'contribution' as const }]),
  ];
}

interface BarMarkProps {
  bar: Bar;
  y: (share: number) => number;
  high: number;
  on: boolean;
  bin: number;
}

function BarMark({ bar, y, high, on, bin }: BarMarkProps) {
  const inset = bar.special ? 6 : bar.width > 4 ? 1 : 0;
  const width = Math.max(1, bar.width - 2 * inset);
  const left = bar.left + inset;
  return (
    <>
      {bar.special && bar.reference !== null && <rect class="reference-fill" x={left} width={width} y={y(bar.reference)} height={high - y(bar.reference)} />}
      <rect class={on ? 'share-bar on' : 'share-bar'} data-bin={bin} x={left} width={width} y={y(bar.share)} height={Math.max(0, high - y(bar.share))} />
      {bar.special && bar.reference !== null && <path class="reference-step" d={`M${left - 3},${y(bar.reference)}h${width + 6}`} />}
    </>
  );
}

interface ShareAxisProps {
  y: { (share: number): number; ticks: (count: number) => number[] };
  width: number;
}

function ShareAxis({ y, width }: ShareAxisProps) {
  const ticks = y.ticks(4);
  const digits = Math.max(0, decimalsFor(ticks) - 2);
  return (
    <g aria-hidden="true">
      {ticks.map((share) => (
        <g key={share} transform={`translate(0,${Math.round(y(share)) + 0.5})`}>
          <line class={share === 0 ? 'axis' : 'grid'} x2={width} />
          <text class="tick" x={-7} dy="0.32em" text-anchor="end">
            {`${(share * 100).toFixed(digits)}%`}
          </text>
        </g>
      ))}
    </g>
  );
}
