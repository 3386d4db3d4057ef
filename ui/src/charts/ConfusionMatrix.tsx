import type { ConfusionAnswer } from '../api/types';
import { compact, int, percent } from '../format';
import { confusionView, type ConfusionCell } from './confusion';
import { fitted, plainName } from './labels';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useReader } from './useReader';
import { useWidth } from './useWidth';

const TOP = 40;
const GAP = 3;

/** Shares of each actual's row with their counts; a darker cell holds a larger share. */
export function ConfusionMatrix({ confusion }: { confusion: ConfusionAnswer }) {
  const [ref, width] = useWidth<HTMLDivElement>(316);
  const { classes, cells, joined } = confusionView(confusion.classes, confusion.counts);
  const across = classes.length;
  const reader = useReader(cells.length, across);
  const left = Math.min(108, 30 + Math.max(...classes.map((name) => name.length * 7), 20));
  const wide = Math.max(8, (width - left - GAP * (across - 1)) / across);
  const tall = Math.min(68, Math.max(16, across > 4 ? wide : 68));
  const place = (at: number) => ({ x: left + (at % across) * (wide + GAP), y: TOP + Math.floor(at / across) * (tall + GAP) });
  const chosen = reader.index === null ? null : (cells[reader.index] ?? null);
  const readings = chosen ? readingsOf(chosen) : [];
  const title = chosen ? `actual ${plainName(chosen.actual, 40)}, predicted ${plainName(chosen.predicted, 40)}` : '';
  const at = place(reader.index ?? 0);
  return (
    <div class="chart confusion" ref={ref} data-testid="chart-confusion">
      <svg
        class="focusable"
        width={width}
        height={TOP + across * (tall + GAP)}
        role="application"
        aria-roledescription="confusion matrix"
        aria-label="Confusion matrix: share of each actual class by predicted class. Arrow keys read the cells."
        {...reader.keys}
      >
        <g aria-hidden="true">
          <text class="tick" x={left + (width - left) / 2} y={12} text-anchor="middle">
            Predicted
          </text>
          <text class="tick" transform={`translate(10,${TOP + (across * (tall + GAP)) / 2}) rotate(-90)`} text-anchor="middle">
            Actual
          </text>
          {classes.map((name, index) => (
            <g key={name + index} class="class-name">
              <text x={place(index).x + wide / 2} y={31} text-anchor="middle">
                {fitted(name, wide)}
              </text>
              <text x={left - 8} y={place(index * across).y + tall / 2} dy="0.32em" text-anchor="end">
                {fitted(name, left - 28)}
              </text>
            </g>
          ))}
        </g>
        {cells.map((cell, index) => (
          <g
            key={index}
            class={index === reader.index ? 'cell on' : 'cell'}
            transform={`translate(${place(index).x},${place(index).y})`}
            onPointerEnter={() => reader.read(index)}
            onPointerLeave={() => reader.read(null)}
          >
            <rect class="cell-ground" width={wide} height={tall} rx={5} />
            <rect class="cell-share" width={wide} height={tall} rx={5} style={{ '--share': String(cell.share ?? 0) }} />
            <CellText cell={cell} wide={wide} tall={tall} />
          </g>
        ))}
      </svg>
      {chosen && <Tooltip title={title} readings={readings} left={at.x + wide / 2} top={at.y + tall + 6} flip={at.x > width * 0.45} />}
      {joined > 0 && <p class="note">The {joined} rarest classes are joined; the table and the download name them all.</p>}
      <Live text={chosen ? spoken(title, readings) : ''} />
    </div>
  );
}

function CellText({ cell, wide, tall }: { cell: ConfusionCell; wide: number; tall: number }) {
  if (wide < 28 || tall < 18) return null;
  const two = tall >= 44 && wide >= 52;
  const share = cell.share === null ? '–' : percent(cell.share, wide < 60 ? 0 : 1);
  return (
    <>
      <text class={two ? 'cell-figure large' : 'cell-figure'} x={wide / 2} y={tall / 2 - (two ? 6 : 0)} dy="0.35em" text-anchor="middle">
        {share}
      </text>
      {two && (
        <text class="cell-count" x={wide / 2} y={tall / 2 + 13} dy="0.35em" text-anchor="middle">
          {compact(cell.count)}
        </text>
      )}
    </>
  );
}

function readingsOf(cell: ConfusionCell): Reading[] {
  return [
    { label: 'Rows', value: int(cell.count) },
    { label: 'Share of the actual class', value: cell.share === null ? 'no rows' : percent(cell.share) },
  ];
}
