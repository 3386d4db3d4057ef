import type { ColumnAnswer } from '../../api/types';
import { zeroDomain } from '../../charts/scale';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Level } from '../../charts/timeMarks';
import type { Reading } from '../../charts/Tooltip';
import { binText, int } from '../../format';
import { referenceText } from '../../references';
import { TONES, WORDS } from '../../statuses';
import { brush, spanOf, timesOf } from './page';
import { statisticText } from './why';

/** The statistic window by window, with the sizes from which it is watched and drifted. */
export function StatisticSeries({ answer, title }: { answer: ColumnAnswer; title: string }) {
  const { verdict, series } = answer;
  if (series.value.every((value) => value === null)) return null;
  const tone = TONES[verdict.status];
  const read = (index: number): Reading[] => {
    const value = series.value[index] ?? null;
    const status = series.status[index] ?? 'insufficient_data';
    return [
      { label: title, value: value === null ? WORDS[status] : statisticText(value), swatch: 'current' },
      ...(value === null ? [] : [{ label: 'Status', value: WORDS[status] }]),
      { label: 'Rows', value: int(series.n[index] ?? 0), apart: true },
      { label: `Rows in reference ${referenceText(verdict.reference ?? '')}`, value: int(verdict.n_reference) },
    ];
  };
  return (
    <>
      <div class="sub-head rule">
        {title} per {binText(answer.step_s)}
      </div>
      <TimeSeries
        id="statistic"
        title={`${title} over time`}
        starts={timesOf(answer.starts)}
        stepMs={answer.step_s * 1000}
        domain={spanOf(answer.window)}
        yDomain={zeroDomain(series.value, (verdict.drifted_at ?? 0) * 1.15)}
        height={126}
        yTicks={3}
        margin={{ left: 40, right: 80, top: 8 }}
        tick={(value, decimals) => value.toFixed(decimals)}
        lines={[{ key: 'statistic', values: series.value, end: statisticText, tone: tone === 'watch' || tone === 'drifted' ? tone : 'current' }]}
        levels={levelsOf(verdict.watch_at, verdict.drifted_at)}
        read={read}
        onBrush={brush}
      />
    </>
  );
}

function levelsOf(watch: number | null, drifted: number | null): Level[] {
  const levels: Level[] = [];
  if (watch !== null) levels.push({ value: watch, label: `watch ${watch}`, tone: 'watch' });
  if (drifted !== null) levels.push({ value: drifted, label: `drifted ${drifted}`, tone: 'drifted' });
  return levels;
}
