import type { ColumnQuality, QualityAnswer, VersionAnswer } from '../../api/types';
import { ChartCard } from '../../charts/ChartCard';
import { plainName } from '../../charts/labels';
import { zeroDomain } from '../../charts/scale';
import type { DataTable } from '../../charts/table';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Reading } from '../../charts/Tooltip';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { binText, instant, int } from '../../format';
import { referenceText } from '../../references';
import { linkTo, route } from '../../state';
import { TONES, WORDS } from '../../statuses';
import { visible } from '../../visible';
import { about, brush, spanOf, timesOf } from '../overview/page';
import { columnOf, figureOf, whyOf } from './quality';

interface CheckPanelProps {
  version: VersionAnswer;
  answer: QualityAnswer;
  column: ColumnQuality;
}

/** One check of one column: over time beside the reference's value, why it has its status, and the column's other checks. */
export function CheckPanel({ version, answer, column }: CheckPanelProps) {
  const { total } = column;
  const name = total.column ?? '';
  const reference = answer.reference ? `reference ${referenceText(answer.reference.name)}` : 'the reference';
  return (
    <div class="panel-card" data-column={name}>
      <ChartCard
        title={<Name text={name} mono />}
        name={`${total.title} of ${plainName(name, 60)}`}
        about={about(version, answer.window, answer.reference?.name)}
        controls={<Status status={total.status} more={total.value === null ? undefined : `${figureOf(total.value, total.percent)} in all`} />}
        table={() => checkTable(answer, column)}
        testId="check"
        foot={
          <>
            <dl class="why" aria-label="Why it has this status" data-testid="why">
              {whyOf(answer, column, reference).map(({ point, text }) => (
                <div key={point}>
                  <dt>{point}</dt>
                  <dd>{visible(text)}</dd>
                </div>
              ))}
            </dl>
            <OtherChecks answer={answer} column={name} but={total.check} />
            <OnOverview column={name} />
          </>
        }
      >
        <Series answer={answer} column={column} />
      </ChartCard>
    </div>
  );
}

function Series({ answer, column: { total, series } }: { answer: QualityAnswer; column: ColumnQuality }) {
  const write = (value: number): string => figureOf(value, total.percent);
  const read = (index: number): Reading[] => {
    const value = series.value[index] ?? null;
    const status = series.status[index] ?? 'insufficient_data';
    return [
      { label: total.title, value: value === null ? WORDS[status] : write(value), swatch: 'current' },
      ...(total.reference_value === null ? [] : [{ label: 'Reference', value: write(total.reference_value), swatch: 'reference' as const }]),
      ...(value === null ? [] : [{ label: 'Status', value: WORDS[status] }]),
      { label: 'Rows', value: int(series.n[index] ?? 0), apart: true },
    ];
  };
  const tone = TONES[total.status];
  const starts = timesOf(answer.starts);
  const stepMs = answer.step_s * 1000;
  const zones = series.status.flatMap((status, index) => {
    const shown = TONES[status];
    const start = starts[index] ?? 0;
    return shown === 'watch' || shown === 'drifted' ? [{ span: [start, start + stepMs] as const, tone: shown }] : [];
  });
  return (
    <>
      <div class="sub-head">
        {total.title} per {binText(answer.step_s)}
      </div>
      <TimeSeries
        id="check"
        title={`${total.title} over time`}
        starts={starts}
        stepMs={stepMs}
        domain={spanOf(answer.window)}
        yDomain={zeroDomain([...series.value, total.reference_value], total.percent ? 0.02 : 0)}
        height={170}
        yTicks={3}
        margin={{ left: 44, right: 72, top: 16 }}
        tick={(value, decimals) => (total.percent ? `${(value * 100).toFixed(Math.max(0, decimals - 2))}%` : value.toFixed(decimals))}
        lines={[{ key: total.check, values: series.value, end: write, tone: tone === 'watch' || tone === 'drifted' ? tone : 'current' }]}
        levels={total.reference_value === null ? [] : [{ value: total.reference_value, label: 'reference', tone: 'reference' }]}
        zones={zones}
        read={read}
        onBrush={brush}
      />
    </>
  );
}

/** What the other checks of the same column say. */
function OtherChecks({ answer, column, but }: { answer: QualityAnswer; column: string; but: string }) {
  const others = answer.columns.filter(({ total }) => total.column === column && total.check !== but);
  if (others.length === 0) return null;
  return (
    <table class="column-figures">
      <caption class="sr">Other checks of this column</caption>
      <thead>
        <tr>
          <th scope="col">Other checks</th>
          <th scope="col" class="right">
            Reference
          </th>
          <th scope="col" class="right">
            Current
          </th>
          <th scope="col" class="right">
            Status
          </th>
        </tr>
      </thead>
      <tbody>
        {others.map(({ total }) => (
          <tr key={total.check} title={visible(`${total.reason} (${int(total.n)} rows)`)}>
            <th scope="row">{total.title}</th>
            <td class="right num">{figureOf(total.reference_value, total.percent)}</td>
            <td class="right num">{figureOf(total.value, total.percent)}</td>
            <td class="right">
              <Status status={total.status} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function OnOverview({ column }: { column: string }) {
  const here = route.value;
  if (here.page !== 'version') return null;
  return (
    <p class="panel-foot">
      <a class="link small" href={linkTo({ ...here, tab: 'overview' }, { column })}>
        Distribution and drift of this column
      </a>
    </p>
  );
}

function checkTable(answer: QualityAnswer, column: ColumnQuality): DataTable {
  const { total, series } = columnOf(answer, column.total.check, column.total.column) ?? column;
  return {
    caption: `${total.title} of ${plainName(total.column ?? '', 60)} per window`,
    columns: ['Start (UTC)', total.title, 'Reference', 'n', 'Status'],
    rows: answer.starts.map((start, index) => [instant(start), series.value[index] ?? null, total.reference_value, series.n[index] ?? 0, series.status[index] ?? null]),
  };
}
