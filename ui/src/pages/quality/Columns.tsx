import { useMemo } from 'preact/hooks';
import type { QualityAnswer, VersionAnswer } from '../../api/types';
import { ChartCard } from '../../charts/ChartCard';
import { HeatMap } from '../../charts/HeatMap';
import type { Reading } from '../../charts/Tooltip';
import { Icon } from '../../components/icons';
import { PickOne, type Pick } from '../../components/PickOne';
import { binText, int } from '../../format';
import { query, setQuery } from '../../state';
import { WORDS } from '../../statuses';
import { about, timesOf } from '../overview/page';
import { checksOf, columnsOf, darkest, figureOf, heatRows, heatTable, type CheckChoice } from './quality';

interface ColumnsProps {
  version: VersionAnswer;
  answer: QualityAnswer;
  check: string;
  chosen: string | null;
}

const pick = ({ check, label, title, wrong, columns }: CheckChoice): Pick => ({ key: check, label, title, note: wrong > 0 ? `${wrong} of ${columns}` : 'ok' });

/** One check of every column over time, the worst first. */
export function Columns({ version, answer, check, chosen }: ColumnsProps) {
  const { q } = query.value;
  const { first, others } = checksOf(answer);
  const columns = useMemo(() => columnsOf(answer, check, q), [answer, check, q]);
  const rows = useMemo(() => heatRows(columns), [columns]);
  const title = [...first, ...others].find((one) => one.check === check)?.title ?? check;
  const most = darkest(columns);
  const isShare = columns[0]?.total.percent ?? true;
  const read = (row: number, step: number): Reading[] => {
    const found = columns[row];
    if (!found) return [];
    const { total, series } = found;
    const value = series.value[step] ?? null;
    const status = series.status[step] ?? 'insufficient_data';
    return [
      { label: title, value: value === null ? WORDS[status] : figureOf(value, total.percent), swatch: 'current' },
      ...(total.reference_value === null ? [] : [{ label: 'Reference', value: figureOf(total.reference_value, total.percent), swatch: 'reference' as const }]),
      ...(value === null ? [] : [{ label: 'Status', value: WORDS[status] }]),
      { label: 'Rows', value: int(series.n[step] ?? 0), apart: true },
    ];
  };
  return (
    <ChartCard
      title="Columns over time"
      name={`${title} of each column`}
      about={about(version, answer.window, answer.reference?.name)}
      testId="columns"
      controls={<PickOne label="Check" first={first.map(pick)} others={others.map(pick)} value={check} onChoose={(key) => setQuery({ check: key })} testId="more-checks" />}
      aside={
        <label class="field drift-filter">
          <Icon name="search" size={13} />
          <input placeholder="Filter columns" aria-label="Filter columns" value={q} onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })} />
        </label>
      }
      table={() => heatTable(answer, columns, title)}
    >
      <div class="sub-head tight legend">
        {title} per {binText(answer.step_s)}
        <span>
          <i class="swatch scale" />0 to {figureOf(most, isShare)}
        </span>
        <span>▲ watch</span>
        <span>◆ breached</span>
        <span>– no value</span>
      </div>
      {rows.length > 0 ? (
        <HeatMap
          id="columns"
          title={`${title} of each column over time`}
          rows={rows}
          starts={timesOf(answer.starts)}
          stepMs={answer.step_s * 1000}
          most={most}
          chosen={chosen}
          onChoose={(column) => setQuery({ column, check })}
          read={read}
        />
      ) : (
        <p class="note">
          No column with this check matches.{' '}
          <button type="button" class="link" onClick={() => setQuery({ q: '' })}>
            Clear the filter
          </button>
        </p>
      )}
    </ChartCard>
  );
}
