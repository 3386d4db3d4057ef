import { scaleLinear } from 'd3-scale';
import { useId } from 'preact/hooks';
import { decimalsFor, type Span } from './scale';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useReader } from './useReader';
import { useWidth } from './useWidth';
import { curveBand, curvePath, nearestPoint, type Place, type XYPoint } from './xy';

export interface XYLine {
  key: string;
  points: readonly XYPoint[];
  tone: 'current' | 'reference' | 'second' | 'third' | 'fourth';
  /** Draws each point with its interval, and no area. */
  dots?: boolean;
}

interface XYChartProps {
  id: string;
  title: string;
  /** The first line is the one that is read. */
  lines: readonly XYLine[];
  xDomain?: Span;
  yDomain?: Span;
  xTitle: string;
  yTitle: string;
  /** The line on which both axes agree. */
  diagonal?: boolean;
  /** A level at which the chart says nothing, such as the share of positives under precision. */
  level?: { value: number; label: string } | undefined;
  /** The point that the page is about. */
  marked?: number | null;
  /** Marks it in all lines, by a rule. */
  rule?: boolean;
  read: (index: number) => { title: string; readings: readonly Reading[] };
  onChoose?: (index: number) => void;
  height?: number;
}

const MARGIN = { top: 10, right: 12, bottom: 38, left: 46 };
const WHOLE: Span = [0, 1];

/** Curves over an axis that is not time. Arrow keys read the first line's points, Enter or a click chooses one. */
export function XYChart(props: XYChartProps) {
  const { id, title, lines, xDomain = WHOLE, yDomain = WHOLE, marked = null, read, onChoose, height = 280 } = props;
  const [ref, width] = useWidth<HTMLDivElement>(420);
  const clip = `${useId()}clip`;
  const points = lines[0]?.points ?? [];
  const reader = useReader(points.length);
  const wide = Math.max(60, width - MARGIN.left - MARGIN.right);
  const high = height - MARGIN.top - MARGIN.bottom;
  const x = scaleLinear(xDomain, [0, wide]);
  const y = scaleLinear(yDomain, [high, 0]);
  const place: Place = { x, y };
  const shown = reader.index === null ? null : (points[reader.index] ?? null);
  const said = reader.index === null ? null : read(reader.index);
  const choose = (index: number | null): void => {
    if (index !== null) onChoose?.(index);
  };
  const under = (event: MouseEvent): number | null => {
    const area = (event.currentTarget as Element).getBoundingClientRect();
    return nearestPoint(points, place, event.clientX - area.left, event.clientY - area.top);
  };
  const left = shown?.x == null ? 0 : x(shown.x);
  return (
    <div class="chart xy" ref={ref} data-testid={`chart-${id}`}>
      <svg
        class="focusable"
        width={width}
        height={height}
        role="application"
        aria-roledescription="chart"
        aria-label={`${title}. Arrow keys read the points${onChoose ? ', Enter chooses the threshold' : ''}.`}
        {...reader.keys}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === 'Enter') choose(reader.index);
          reader.keys.onKeyDown(event);
        }}
      >
        <defs>
          <clipPath id={clip}>
            <rect x={-6} y={-6} width={wide + 12} height={high + 12} />
          </clipPath>
        </defs>
        <g transform={`translate(${MARGIN.left},${MARGIN.top})`}>
          <Axes x={x} y={y} wide={wide} high={high} xTitle={props.xTitle} yTitle={props.yTitle} />
          <g clip-path={`url(#${clip})`}>
            {props.diagonal && <line class="diagonal" x1={x(xDomain[0])} y1={y(xDomain[0])} x2={x(xDomain[1])} y2={y(xDomain[1])} />}
            {props.level && <line class="diagonal" x2={wide} y1={y(props.level.value)} y2={y(props.level.value)} />}
            {[...lines].reverse().map((line) => (
              <Line key={line.key} line={line} place={place} />
            ))}
            {marked !== null && <Marked lines={props.rule ? lines : lines.slice(0, 1)} index={marked} place={place} rule={props.rule ? high : null} />}
          </g>
          {props.level && (
            <text class="tick" x={4} y={y(props.level.value) - 5} aria-hidden="true">
              {props.level.label}
            </text>
          )}
          {shown?.x != null && shown.y !== null && <circle class="xy-cursor" cx={left} cy={y(shown.y)} r={4} />}
          <rect
            class={onChoose ? 'hit' : 'hit plain'}
            width={wide}
            height={high}
            onPointerMove={(event: PointerEvent) => reader.read(under(event))}
            onPointerLeave={() => reader.read(null)}
            onClick={(event: MouseEvent) => choose(under(event))}
          />
        </g>
      </svg>
      {said && shown?.x != null && <Tooltip title={said.title} readings={said.readings} left={MARGIN.left + left} top={MARGIN.top + 8} flip={left > wide * 0.5} />}
      <Live text={said ? spoken(said.title, said.readings) : ''} />
    </div>
  );
}

interface AxesProps {
  x: { (value: number): number; ticks: (count: number) => number[] };
  y: { (value: number): number; ticks: (count: number) => number[] };
  wide: number;
  high: number;
  xTitle: string;
  yTitle: string;
}

function Axes({ x, y, wide, high, xTitle, yTitle }: AxesProps) {
  const [across, up] = [x.ticks(Math.max(2, Math.min(6, Math.floor(wide / 56)))), y.ticks(5)];
  return (
    <g aria-hidden="true">
      {up.map((value) => (
        <g key={value} transform={`translate(0,${Math.round(y(value)) + 0.5})`}>
          <line class="grid" x2={wide} />
          <text class="tick" x={-7} dy="0.32em" text-anchor="end">
            {value.toFixed(decimalsFor(up))}
          </text>
        </g>
      ))}
      <line class="axis" x2={wide} y1={high + 0.5} y2={high + 0.5} />
      {across.map((value) => (
        <text key={value} class="tick" x={x(value)} y={high + 15} text-anchor="middle">
          {value.toFixed(decimalsFor(across))}
        </text>
      ))}
      <text class="tick" x={wide / 2} y={high + 32} text-anchor="middle">
        {xTitle}
      </text>
      <text class="tick" transform={`translate(${12 - MARGIN.left},${high / 2}) rotate(-90)`} text-anchor="middle">
        {yTitle}
      </text>
    </g>
  );
}

function Line({ line, place }: { line: XYLine; place: Place }) {
  const { points, tone, dots = false } = line;
  return (
    <g class={`xy-line ${tone}`} data-series={line.key}>
      {!dots && <path class="xy-band" d={curveBand(points, place)} />}
      <path class="xy-path" d={curvePath(points, place)} />
      {dots &&
        points.map((point, index) =>
          point.x === null || point.y === null ? null : (
            <g key={index}>
              {point.lower != null && point.upper != null && <line class="xy-whisker" x1={place.x(point.x)} x2={place.x(point.x)} y1={place.y(point.lower)} y2={place.y(point.upper)} />}
              <circle class="xy-dot" cx={place.x(point.x)} cy={place.y(point.y)} r={3.5} />
            </g>
          ),
        )}
    </g>
  );
}

function Marked({ lines, index, place, rule }: { lines: readonly XYLine[]; index: number; place: Place; rule: number | null }) {
  const at = lines[0]?.points[index];
  return (
    <g class="xy-marked">
      {rule !== null && at?.x != null && <line x1={place.x(at.x)} x2={place.x(at.x)} y2={rule} />}
      {lines.map((line) => {
        const point = line.points[index];
        return point?.x == null || point.y === null ? null : <circle key={line.key} class={`xy-line ${line.tone}`} cx={place.x(point.x)} cy={place.y(point.y)} r={5} />;
      })}
    </g>
  );
}
