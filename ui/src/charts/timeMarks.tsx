/** The marks of a time chart: they draw what the frame has placed and know nothing of the data. */
import { ToneShape } from '../components/icons';
import type { Frame } from './frame';
import { bandPath, barsPath, linePath, stackBase } from './paths';
import type { Span, Value } from './scale';

export interface LineMark {
  key: string;
  values: readonly Value[];
  /** The text at the line's end. */
  end: (value: number) => string;
  tone?: 'current' | 'watch' | 'drifted' | 'reference';
  band?: { lower: readonly Value[]; upper: readonly Value[] } | undefined;
}

export interface BarMark {
  key: string;
  values: readonly Value[];
  tone: 'volume' | 'waiting' | 'dropped';
}

export interface Level {
  value: number;
  label: string;
  tone: 'reference' | 'watch' | 'drifted';
}

/** A stretch of time that stands out, tinted behind the marks and marked above them. */
export interface Zone {
  span: Span;
  tone: 'watch' | 'drifted';
}

export interface Moment {
  at: number;
  label: string;
}

export function Lines({ frame, lines, clip }: { frame: Frame; lines: readonly LineMark[]; clip: string }) {
  return (
    <g clip-path={`url(#${clip})`}>
      {lines.map(({ key, values, band, tone = 'current' }) => {
        const { path, lone } = linePath(values, frame.middle, frame.y);
        return (
          <g key={key} class={`mark ${tone}`} data-series={key}>
            {band && <path class="band" d={bandPath(band.lower, band.upper, frame.middle, frame.y)} />}
            <path class="line" d={path} />
            {lone.map((place) => (
              <circle class="lone" key={place.x} cx={place.x} cy={place.y} r={2} />
            ))}
          </g>
        );
      })}
    </g>
  );
}

export function Bars({ frame, bars, clip }: { frame: Frame; bars: readonly BarMark[]; clip: string }) {
  const layers = bars.map((bar) => bar.values);
  return (
    <g clip-path={`url(#${clip})`}>
      {bars.map((bar, layer) => (
        <path
          key={bar.key}
          class={`stack ${bar.tone}`}
          data-series={bar.key}
          d={barsPath(bar.values, stackBase(layers, layer), frame.left, frame.barWidth, frame.y)}
        />
      ))}
    </g>
  );
}

export function Levels({ frame, levels }: { frame: Frame; levels: readonly Level[] }) {
  return levels
    .filter((level) => level.value >= frame.yDomain[0] && level.value <= frame.yDomain[1])
    .map((level) => (
      <line key={level.label} class={`level ${level.tone}`} x2={frame.width} y1={frame.y(level.value)} y2={frame.y(level.value)} />
    ));
}

/** Stretches of time whose actuals are still arriving. */
export function Arriving({ frame, spans, hatch }: { frame: Frame; spans: readonly Span[]; hatch: string }) {
  const shown = spans.map(([from, to]) => [clamp(frame.x(from), frame.width), clamp(frame.x(to), frame.width)] as const);
  return (
    <>
      {shown.map(([left, right]) => (
        <rect key={left} class="arriving" x={left} width={Math.max(0, right - left)} height={frame.height} fill={`url(#${hatch})`} />
      ))}
    </>
  );
}

export function Zones({ frame, zones }: { frame: Frame; zones: readonly Zone[] }) {
  return (
    <>
      {zones.map(({ span, tone }) => {
        const [left, right] = [clamp(frame.x(span[0]), frame.width), clamp(frame.x(span[1]), frame.width)];
        return (
          <g key={span[0]} class={`zone ${tone}`}>
            <rect x={left} width={Math.max(1.5, right - left)} height={frame.height} />
            <ToneShape tone={tone} x={(left + right) / 2} y={-6} size={9} />
          </g>
        );
      })}
    </>
  );
}

/** Marks above the plot: deployments and, later, alerts. */
export function Moments({ frame, moments }: { frame: Frame; moments: readonly Moment[] }) {
  return moments
    .filter((moment) => frame.x(moment.at) >= 0 && frame.x(moment.at) <= frame.width)
    .map((moment) => (
      <g key={moment.label} class="moment" transform={`translate(${frame.x(moment.at).toFixed(1)},0)`}>
        <title>{moment.label}</title>
        <line y2={frame.height} />
        <path d="M-4,-8h8l-4,7z" />
      </g>
    ));
}

function clamp(x: number, width: number): number {
  return Math.min(width, Math.max(0, x));
}
