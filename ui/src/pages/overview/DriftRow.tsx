import type { DriftColumn, DriftVerdict } from '../../api/types';
import { plainName } from '../../charts/labels';
import { Sparkline } from '../../charts/Sparkline';
import type { Span } from '../../charts/scale';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { int, percent } from '../../format';
import { referenceText } from '../../references';
import { setQuery } from '../../state';
import { TONES } from '../../statuses';
import { missingShift, MISSING_MOVED } from './numbers';
import { statisticText } from './why';

interface DriftRowProps {
  row: DriftColumn;
  index: number;
  chosen: boolean;
  focusable: boolean;
  /** The one scale of the trends. */
  scale: Span;
  /** The largest importance of the table. */
  importance: number;
}

export function DriftRow({ row, index, chosen, focusable, scale, importance }: DriftRowProps) {
  const { total, series } = row;
  const tone = TONES[total.status];
  return (
    <tr
      class="open"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      tabIndex={focusable ? 0 : -1}
      data-column={total.column}
      onClick={() => setQuery({ column: total.column })}
    >
      <td>
        <Name text={total.column} mono />
        <span class="kind">{total.kind === 'numeric' ? 'num' : 'cat'}</span>
        {total.role !== 'feature' && <span class="role">{total.role}</span>}
      </td>
      <td class="right">{row.importance === null ? <span class="muted">–</span> : <Importance share={row.importance} most={importance} />}</td>
      <td class="right">
        <span class={`num statistic ${tone}`} title={sizes(total)}>{total.value === null ? '–' : statisticText(total.value)}</span>
      </td>
      <td>
        <Sparkline
          values={series.value}
          domain={scale}
          levels={total.value === null ? [] : levelsOf(row)}
          tone={tone === 'ok' ? 'quiet' : tone}
          width={100}
          label={`Trend of ${plainName(total.column, 60)}${total.value === null ? '' : `, in all ${statisticText(total.value)}`}`}
        />
      </td>
      <td class="right">
        <Missing row={row} />
      </td>
      <td>
        <Status status={total.status} />
      </td>
    </tr>
  );
}

/** What a figure was computed from: no drift figure stands without it. */
const sizes = (total: DriftVerdict): string =>
  `${int(total.n)} rows against ${int(total.n_reference)} of reference ${referenceText(total.reference ?? '(none)')}`;

function levelsOf({ total }: DriftColumn) {
  const levels: { value: number; tone: 'watch' | 'drifted' }[] = [];
  if (total.watch_at !== null) levels.push({ value: total.watch_at, tone: 'watch' });
  if (total.drifted_at !== null) levels.push({ value: total.drifted_at, tone: 'drifted' });
  return levels;
}

const Importance = ({ share, most }: { share: number; most: number }) => (
  <span title={`${percent(share)} of the sum of mean |SHAP|`}>
    <span class="meter">
      <i style={{ width: `${(share / most) * 100}%` }} />
    </span>
    <span class="num importance">{share.toFixed(2)}</span>
  </span>
);

/** Strong when it moved against the reference. */
function Missing({ row }: { row: DriftColumn }) {
  const { missing_share: share, missing_share_reference: before } = row.total;
  if (share === null) return <span class="muted">–</span>;
  const moved = Math.abs(missingShift(row) ?? 0) >= MISSING_MOVED;
  return (
    <span class={moved ? 'num strong' : 'num muted'} title={before === null ? undefined : `${percent(before)} in the reference`}>
      {percent(share)}
    </span>
  );
}
