import { useId } from 'preact/hooks';
import { axisTime } from '../format';
import { cursor, cursorOwner } from '../state';
import { layFrame, type Frame, type Margin } from './frame';
import { windowLabel } from './labels';
import { dodge, windowAt, type Span } from './scale';
import { Arriving, Bars, Levels, Lines, Moments, Zones, type BarMark, type Level, type LineMark, type Moment, type Zone } from './timeMarks';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useTimeInput } from './useTimeInput';
import { useWidth } from './useWidth';

export interface TimeSeriesProps {
  /** Names the chart on the page: its cursor and its test id. */
  id: string;
  title: string;
  starts: readonly number[];
  stepMs: number;
  domain: Span;
  yDomain: Span;
  height: number;
  /** Text of a tick, given the decimals that tell the ticks apart. */
  tick: (value: number, decimals: number) => string;
  lines?: readonly LineMark[];
  bars?: readonly BarMark[];
  levels?: readonly Level[];
  moments?: readonly Moment[];
  zones?: readonly Zone[];
  arriving?: readonly Span[];
  /** The figures of one window. */
  read: (index: number) => readonly Reading[];
  onBrush?: ((span: Span) => void) | undefined;
  yTicks?: number;
  margin?: Partial<Margin>;
  /** Whether the chart below carries the time axis. */
  axis?: boolean;
}

const MARGIN: Margin = { top: 14, right: 74, bottom: 22, left: 46 };
const LABEL_GAP = 13;

export function TimeSeries(props: TimeSeriesProps) {
  const { id, starts, stepMs, lines = [], bars = [], levels = [], moments = [], zones = [], arriving = [], axis = true } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const uid = useId();
  const margin = { ...MARGIN, ...(axis ? {} : { bottom: 6 }), ...props.margin };
  const frame = layFrame({ ...props, width, margin, yTicks: props.yTicks ?? 4 });
  const input = useTimeInput({ id, starts, stepMs, instantAt: frame.instantAt, onBrush: props.onBrush });
  return (
    <div class="chart time-chart" ref={ref} data-testid={`chart-${id}`}>
      <svg
        class="focusable"
        width={width}
        height={props.height}
        role="application"
        aria-roledescription="time chart"
        aria-label={`${props.title}. Arrow keys read the windows${props.onBrush ? '; Shift and arrow keys, then Enter, choose a range' : ''}.`}
        tabIndex={0}
        {...input.keys}
      >
        <defs>
          <clipPath id={`${uid}clip`}>
            <rect x={0} y={-4} width={frame.width} height={frame.height + 4} />
          </clipPath>
          <pattern id={`${uid}hatch`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
          </pattern>
        </defs>
        <g transform={`translate(${margin.left},${margin.top})`}>
          <Axes frame={frame} tick={props.tick} times={axis} />
          <Arriving frame={frame} spans={arriving} hatch={`${uid}hatch`} />
          <Zones frame={frame} zones={zones} />
          <Bars frame={frame} bars={bars} clip={`${uid}clip`} />
          <Levels frame={frame} levels={levels} />
          <Lines frame={frame} lines={lines} clip={`${uid}clip`} />
          <Moments frame={frame} moments={moments} />
          <EndLabels frame={frame} lines={lines} levels={levels} />
          <CrossHair frame={frame} starts={starts} stepMs={stepMs} lines={lines} />
          {input.chosen && <Brush frame={frame} span={input.chosen} />}
          <rect class="hit" width={frame.width} height={frame.height} data-testid={`hit-${id}`} {...input.pointer} />
        </g>
      </svg>
      <Readout id={id} frame={frame} starts={starts} stepMs={stepMs} read={props.read} />
    </div>
  );
}

type Windows = Pick<TimeSeriesProps, 'starts' | 'stepMs'>;

/** The window under the page's cursor. Only what reads it is drawn again when the cursor moves. */
function windowUnderCursor({ starts, stepMs }: Windows): number {
  return cursor.value === null ? -1 : windowAt(starts, stepMs, cursor.value);
}

/** The tooltip and the spoken figures, where the pointer or the focus is. */
function Readout({ id, frame, read, ...windows }: Windows & { id: string; frame: Frame; read: TimeSeriesProps['read'] }) {
  const index = cursorOwner.value === id ? windowUnderCursor(windows) : -1;
  const title = index < 0 ? '' : windowLabel(windows.starts[index] ?? 0, windows.stepMs);
  const readings = index < 0 ? [] : read(index);
  const x = frame.middle(index);
  return (
    <>
      <Live text={index < 0 ? '' : spoken(title, readings)} />
      {index >= 0 && <Tooltip title={title} readings={readings} left={frame.margin.left + x} top={frame.margin.top} flip={x > frame.width * 0.55} />}
    </>
  );
}

function Axes({ frame, tick, times }: { frame: Frame; tick: TimeSeriesProps['tick']; times: boolean }) {
  return (
    <g aria-hidden="true">
      {frame.yTicks.map((value) => (
        <g key={value} transform={`translate(0,${Math.round(frame.y(value)) + 0.5})`}>
          <line class="grid" x2={frame.width} />
          <text class="tick" x={-8} dy="0.32em" text-anchor="end">
            {tick(value, frame.yDecimals)}
          </text>
        </g>
      ))}
      <line class="axis" x2={frame.width} y1={frame.height + 0.5} y2={frame.height + 0.5} />
      {times &&
        frame.xTicks.map((instant) => (
          <text key={instant} class="tick" x={frame.x(instant)} y={frame.height + 16} text-anchor="middle">
            {axisTime(instant)}
          </text>
        ))}
    </g>
  );
}

/** The last value of each line and the name of each level, beside the plot and never over each other. */
function EndLabels({ frame, lines, levels }: { frame: Frame; lines: readonly LineMark[]; levels: readonly Level[] }) {
  const ends = lines.flatMap((line) => {
    const value = line.values.findLast((one) => one !== null);
    return value == null ? [] : [{ y: frame.y(value), text: line.end(value), tone: `end ${line.tone ?? 'current'}` }];
  });
  const names = levels
    .filter((level) => level.value >= frame.yDomain[0] && level.value <= frame.yDomain[1])
    .map((level) => ({ y: frame.y(level.value), text: level.label, tone: `end-level ${level.tone}` }));
  return (
    <g aria-hidden="true">
      {dodge([...ends, ...names], LABEL_GAP, 4, frame.height).map((label) => (
        <text key={label.text + label.tone} class={label.tone} x={frame.width + 8} y={label.y} dy="0.32em">
          {label.text}
        </text>
      ))}
    </g>
  );
}

function CrossHair({ frame, lines, ...windows }: Windows & { frame: Frame; lines: readonly LineMark[] }) {
  const index = windowUnderCursor(windows);
  const x = frame.middle(index);
  if (index < 0 || x < 0 || x > frame.width) return null;
  return (
    <g class="cross" aria-hidden="true">
      <line x1={x} x2={x} y2={frame.height} />
      {lines.map(({ key, values, tone = 'current' }) => {
        const value = values[index] ?? null;
        return value === null ? null : <circle key={key} class={tone} cx={x} cy={frame.y(value)} r={4} />;
      })}
    </g>
  );
}

function Brush({ frame, span }: { frame: Frame; span: Span }) {
  const left = Math.max(0, frame.x(span[0]));
  return <rect class="brush" x={left} width={Math.max(0, Math.min(frame.width, frame.x(span[1])) - left)} height={frame.height} />;
}
