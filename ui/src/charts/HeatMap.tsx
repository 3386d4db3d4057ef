import { useEffect } from 'preact/hooks';
import { ToneShape } from '../components/icons';
import { useVirtual } from '../components/useVirtual';
import { axisTime } from '../format';
import { cursor, cursorOwner } from '../state';
import { cellsOf, stepAt, type HeatCell, type HeatRow } from './heatMap';
import { fitted, plainName, windowLabel } from './labels';
import { timeTicks } from './scale';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useReader } from './useReader';
import { useWidth } from './useWidth';

interface HeatMapProps {
  id: string;
  title: string;
  rows: readonly HeatRow[];
  starts: readonly number[];
  stepMs: number;
  /** The value that is drawn darkest. */
  most: number;
  chosen: string | null;
  onChoose: (key: string) => void;
  read: (row: number, step: number) => readonly Reading[];
}

const ROW = 26;
const AXIS = 22;
const MOST_ROWS = 20;
const FIGURE = 64;

/** Names by time: the darker, the more; what is watched or breached carries its mark. Only rows in sight are drawn. */
export function HeatMap({ id, title, rows, starts, stepMs, most, chosen, onChoose, read }: HeatMapProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const names = Math.min(190, Math.max(92, width * 0.24));
  const plot = Math.max(60, width - names - FIGURE);
  const steps = starts.length;
  const reader = useReader(rows.length * steps, steps);
  const { box, first, last } = useVirtual(rows.length, ROW);
  const at = reader.index === null || steps === 0 ? null : { row: Math.floor(reader.index / steps), step: reader.index % steps };
  useEffect(() => {
    if (at === null) return;
    if (box.current) keepInSight(box.current, at.row);
    cursorOwner.value = id;
    cursor.value = (starts[at.step] ?? 0) + stepMs / 2;
    return () => {
      cursor.value = null;
    };
  }, [reader.index]);
  const row = at && rows[at.row];
  const readings = at && row ? read(at.row, at.step) : [];
  const label = at && row ? `${plainName(row.name, 60)}, ${windowLabel(starts[at.step] ?? 0, stepMs)}` : '';
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && row) onChoose(row.key);
    reader.keys.onKeyDown(event);
  };
  const point = (event: PointerEvent): number => {
    const area = (event.currentTarget as Element).getBoundingClientRect();
    const y = Math.min(rows.length - 1, Math.max(0, Math.floor((event.clientY - area.top) / ROW)));
    return y * steps + stepAt(event.clientX - area.left - names, plot, steps);
  };
  const x = names + ((at?.step ?? 0) + 0.5) * (plot / Math.max(1, steps));
  return (
    <div class="chart heat" ref={ref} data-testid={`chart-${id}`}>
      <TimeAxis starts={starts} stepMs={stepMs} left={names} plot={plot} width={width} />
      <div class="heat-rows" ref={box} style={{ maxHeight: `${MOST_ROWS * ROW}px` }} {...scrolling(rows.length, title)}>
        <svg
          class="focusable"
          width={width}
          height={rows.length * ROW}
          role="application"
          aria-roledescription="heat map"
          aria-label={`${title}. Arrow keys read the cells, Enter chooses the column.`}
          {...reader.keys}
          onKeyDown={onKeyDown}
        >
          {rows.slice(first, last).map((shown, index) => (
            <Row key={shown.key} row={shown} top={(first + index) * ROW} names={names} plot={plot} most={most} chosen={shown.key === chosen} width={width} />
          ))}
          {at && <rect class="cell-cursor" x={names + at.step * (plot / steps)} y={at.row * ROW + 1} width={plot / steps} height={ROW - 2} rx={2} />}
          <rect
            class="hit plain"
            width={width}
            height={rows.length * ROW}
            onPointerMove={(event: PointerEvent) => reader.read(point(event))}
            onPointerLeave={() => reader.read(null)}
            onClick={(event: MouseEvent) => {
              const chosenRow = rows[Math.floor(point(event as PointerEvent) / steps)];
              if (chosenRow) onChoose(chosenRow.key);
            }}
          />
        </svg>
      </div>
      {row && at && <Tooltip title={label} readings={readings} left={x} top={AXIS + (at.row + 1) * ROW - (box.current?.scrollTop ?? 0)} flip={x > width * 0.55} />}
      <Live text={row ? spoken(label, readings) : ''} />
    </div>
  );
}

/** What scrolls can be scrolled by keys. */
const scrolling = (count: number, label: string) => (count > MOST_ROWS ? { tabIndex: 0, role: 'region' as const, 'aria-label': label } : {});

function keepInSight(box: HTMLElement, row: number): void {
  const top = row * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW - box.clientHeight;
}

interface TimeAxisProps {
  starts: readonly number[];
  stepMs: number;
  left: number;
  plot: number;
  width: number;
}

function TimeAxis({ starts, stepMs, left, plot, width }: TimeAxisProps) {
  const from = starts[0] ?? 0;
  const length = starts.length * stepMs;
  const ticks = timeTicks([from, from + length - 1], plot).filter((instant) => instant >= from);
  const wide = plot / Math.max(1, starts.length);
  return (
    <svg class="focusable" width={width} height={AXIS} aria-hidden="true">
      {ticks.map((instant) => (
        <text key={instant} class="tick" x={left + ((instant - from) / length) * plot + (stepMs >= 86_400_000 ? wide / 2 : 0)} y={13} text-anchor="middle">
          {axisTime(instant)}
        </text>
      ))}
      <text class="tick" x={width - 2} y={13} text-anchor="end">
        in all
      </text>
    </svg>
  );
}

interface RowProps {
  row: HeatRow;
  top: number;
  names: number;
  plot: number;
  most: number;
  chosen: boolean;
  width: number;
}

const Row = ({ row, top, names, plot, most, chosen, width }: RowProps) => (
  <g class={chosen ? 'heat-row on' : 'heat-row'} transform={`translate(0,${top})`}>
    {chosen && <rect class="heat-chosen" width={width} height={ROW} rx={4} />}
    <ToneShape tone={row.tone} x={10} y={ROW / 2} />
    <text class="heat-name" x={22} y={ROW / 2} dy="0.34em">
      {fitted(row.name, names - 34)}
    </text>
    <g transform={`translate(${names},2)`}>
      {cellsOf(row, plot, most).map((cell) => (
        <Cell key={cell.step} cell={cell} />
      ))}
    </g>
    <text class={`heat-figure ${row.tone}`} x={width - 4} y={ROW / 2} dy="0.34em" text-anchor="end">
      {row.figure}
    </text>
  </g>
);

function Cell({ cell }: { cell: HeatCell }) {
  const { left, width, shade, tone } = cell;
  const bad = tone === 'watch' || tone === 'drifted';
  const high = ROW - 4;
  if (shade === null) return <line class="heat-none" x1={left + width * 0.35} x2={left + width * 0.65} y1={high / 2} y2={high / 2} />;
  return (
    <>
      <rect class="heat-ground" x={left} width={width} height={high} rx={2} />
      {shade > 0 && <rect class="heat-cell" x={left} width={width} height={high} rx={2} fill-opacity={(0.08 + 0.92 * shade).toFixed(3)} />}
      {bad && <ToneShape tone={tone} x={left + width / 2} y={high / 2} size={Math.min(11, Math.max(5, width - 2))} />}
    </>
  );
}
