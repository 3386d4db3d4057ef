import * as api from '../../api/endpoints';
import type { ClassesAnswer, ClassFigures, Interval, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Downloads } from '../../charts/ChartCard';
import { Name } from '../../components/Name';
import { SortHead, sorting } from '../../components/SortHead';
import { Empty, Loaded } from '../../components/states';
import { int, number } from '../../format';
import { sortedBy } from '../../order';
import { differenceText } from '../overview/metrics';
import { about, scopeOf } from '../overview/page';
import { bounds, classFigure, classTable } from './words';

const STANDARD = { sort: 'actual', dir: 'desc' } as const;

/** Each class by itself against the rest. */
export function Classes({ version }: { version: VersionAnswer }) {
  const asked = useAnswer<ClassesAnswer>(api.classes(scopeOf(version)));
  const answer = asked.data;
  const { sort, dir } = sorting(STANDARD);
  const rows = sortedBy(answer?.classes ?? [], (one) => classFigure(one, sort), dir);
  return (
    <section class="card flush" aria-labelledby="classes-title" data-testid="classes">
      <div class="card-head">
        <h2 id="classes-title">Classes</h2>
        {answer && (
          <span class="muted">
            {int(answer.n)} rows with actuals
            {answer.n_classes > answer.classes.length && `; the ${answer.classes.length} most frequent of ${int(answer.n_classes)} classes`}
            {!answer.reference && '; no reference with actuals'}; intervals take rows as independent
          </span>
        )}
        <div class="grow" />
        {answer && <Downloads name="classes" table={() => classTable(rows, answer.reference_classes)} heading={{ title: 'Classes', about: about(version, answer.window, answer.reference?.name) }} />}
      </div>
      <Loaded asked={asked} height={140}>
        {(data) => (data.classes.length === 0 ? <Empty title="no actuals yet" icon="clock" /> : <Table rows={rows} reference={data.reference_classes} />)}
      </Loaded>
    </section>
  );
}

function Table({ rows, reference }: { rows: readonly ClassFigures[]; reference: readonly ClassFigures[] }) {
  const before = new Map(reference.map((one) => [one.label, one]));
  return (
    <div class="table-wrap class-rows" tabIndex={0} role="region" aria-label="Classes, table">
      <table class="table tall">
        <thead>
          <tr>
            <SortHead column="label" label="Class" standard={STANDARD} first="asc" />
            <SortHead column="actual" label="n actual" standard={STANDARD} right />
            <SortHead column="predicted" label="n predicted" standard={STANDARD} right />
            <SortHead column="precision" label="Precision" standard={STANDARD} right />
            <SortHead column="recall" label="Recall" standard={STANDARD} right />
            <SortHead column="f1" label="F1" standard={STANDARD} right />
            <SortHead column="roc_auc" label="ROC AUC" standard={STANDARD} right />
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => {
            const old = before.get(one.label);
            return (
              <tr key={one.label} data-class={one.label}>
                <td>
                  <Name text={one.label} />
                </td>
                <td class="right num">{int(one.actual)}</td>
                <td class="right num">{int(one.predicted)}</td>
                <Figure value={one.precision} range={one.precision_interval} before={old?.precision} />
                <Figure value={one.recall} range={one.recall_interval} before={old?.recall} />
                <Figure value={one.f1} range={null} before={old?.f1} />
                <Figure value={one.roc_auc} range={one.roc_auc_interval} before={old?.roc_auc} />
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** A figure with its difference to the reference, its interval under it. No verdict: intervals of rows taken as independent are too narrow for one. */
function Figure({ value, range, before }: { value: number | null; range: Interval | null; before: number | null | undefined }) {
  if (value === null) return <td class="right muted">–</td>;
  return (
    <td class="right num" title={[range && `interval by ${range.method}`, before != null && `reference ${number(before)}`].filter(Boolean).join('; ') || undefined}>
      <b class="strong">{number(value)}</b> {before != null && <span class="small muted">{differenceText(value - before)}</span>}
      {range && <div class="small muted">{bounds(range)}</div>}
    </td>
  );
}
