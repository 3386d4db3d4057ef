import * as api from '../../api/endpoints';
import type { CurvePoints, CurvesAnswer, PerformanceAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { ChartCard } from '../../charts/ChartCard';
import { plainName } from '../../charts/labels';
import type { Reading } from '../../charts/Tooltip';
import { XYChart } from '../../charts/XYChart';
import { Empty, Skeleton, Trouble } from '../../components/states';
import { int, number } from '../../format';
import { referenceText } from '../../references';
import { query, setQuery } from '../../state';
import { interval, valueOf } from '../overview/metrics';
import { about, scopeOf } from '../overview/page';
import { Calibration } from './Calibration';
import { ClassPicker } from './ClassPicker';
import { Threshold } from './Threshold';
import { chosenThreshold, precisionPoints, ratesAt, rocPoints, thresholdTable } from './thresholds';

interface CurvesProps {
  version: VersionAnswer;
  performance: PerformanceAnswer;
}

/** ROC, precision and recall, calibration, and what a threshold would do, of one class's scores. */
export function Curves({ version, performance }: CurvesProps) {
  const asked = useAnswer<CurvesAnswer>(api.curves(scopeOf(version), query.value.label));
  const answer = asked.data;
  if (asked.error?.status === 400) {
    return (
      <section class="card" data-testid="curves">
        <Empty title={version.n_actuals === 0 ? 'no actuals yet' : 'No curves of scores'} icon="clock">
          <p>{asked.error.detail}</p>
        </Empty>
      </section>
    );
  }
  if (!answer) return asked.error ? <Trouble problem={asked.error} /> : <Skeleton height={420} />;
  return (
    <div class={asked.busy ? 'overview busy' : 'overview'} aria-busy={asked.busy} data-testid="curves">
      {asked.error && <Trouble problem={asked.error} />}
      <Charts version={version} performance={performance} answer={answer} />
    </div>
  );
}

function Charts({ version, performance, answer }: CurvesProps & { answer: CurvesAnswer }) {
  const { current, reference_curves: reference } = answer;
  if (!current) {
    return (
      <section class="card">
        <Empty title="no actuals yet" icon="clock">
          <p>Curves appear as soon as actuals of this window arrive.</p>
        </Empty>
      </section>
    );
  }
  const index = chosenThreshold(current.thresholds, query.value.threshold);
  const choose = (to: number): void => {
    const threshold = current.thresholds.threshold[to];
    if (threshold != null) setQuery({ threshold: String(threshold) }, { replace: true });
  };
  const shared = { answer, current, reference, index, choose, about: about(version, answer.window, answer.reference?.name) };
  return (
    <>
      <Threshold {...shared} picker={<ClassPicker answer={answer} />} />
      <div class="curve-row">
        <Roc {...shared} performance={performance} />
        <Precision {...shared} performance={performance} />
        <Calibration {...shared} />
      </div>
    </>
  );
}

export interface CurveProps {
  answer: CurvesAnswer;
  current: CurvePoints;
  reference: CurvePoints | null;
  /** The chosen threshold. */
  index: number | null;
  choose: (index: number) => void;
  about: string;
}

/** What a point of a curve says: the threshold, and all that it would do. */
export function readAt({ answer, current }: CurveProps, index: number): { title: string; readings: Reading[] } {
  const threshold = current.thresholds.threshold[index] ?? null;
  const readings = ratesAt(current.thresholds, index).map(({ label, value }): Reading => ({ label, value: value === null ? '–' : number(value) }));
  const title = threshold === null ? 'Above all scores' : `${plainName(answer.label, 40)} from score ${number(threshold)} on`;
  return { title, readings: [...readings, { label: 'Rows', value: int(current.n), apart: true }] };
}

/** Which rows both lines are made of. */
export const CurveKey = ({ answer, current, reference, interval: shown = true }: Pick<CurveProps, 'answer' | 'current' | 'reference'> & { interval?: boolean }) => (
  <div class="sub-head tight legend">
    <span>
      <i class="swatch current" />
      Current{shown && ' with 95 % interval'}, {int(current.n)} rows
    </span>
    <span>
      <i class="swatch reference" />
      {reference ? `Reference ${plainName(referenceText(answer.reference?.name ?? ''), 30)}, ${int(reference.n)}` : 'no reference with actuals'}
    </span>
  </div>
);

/** The area under a curve as the metrics have it: they speak of the positive class. */
function Area({ performance, answer, metric, title }: { performance: PerformanceAnswer; answer: CurvesAnswer; metric: string; title: string }) {
  const value = valueOf(performance.total, metric);
  if (value?.value == null || performance.positive_class !== answer.label) return null;
  const before = valueOf(performance.reference_values, metric)?.value;
  return (
    <span class="muted" title={`${int(value.n)} rows with actuals${value.method ? `; interval by ${value.method}` : ''}`}>
      {title} <b class="num">{number(value.value)}</b>
      {interval(value) && ` (${interval(value)})`}
      {before != null && `, reference ${number(before)}`}
    </span>
  );
}

function Roc(props: CurveProps & { performance: PerformanceAnswer }) {
  const { answer, current, reference } = props;
  return (
    <ChartCard
      title="ROC"
      name={`ROC of ${plainName(answer.label, 60)}`}
      about={props.about}
      testId="roc"
      table={() => thresholdTable(current, 'ROC: what would be predicted at each threshold')}
      foot={<p class="note">{<Area {...props} metric="roc_auc" title="Area" />}</p>}
    >
      <CurveKey answer={answer} current={current} reference={reference} />
      <XYChart
        id="roc"
        title="ROC: recall by false positive rate"
        lines={[{ key: 'current', points: rocPoints(current), tone: 'current' }, ...(reference ? [{ key: 'reference', points: withoutBounds(rocPoints(reference)), tone: 'reference' as const }] : [])]}
        xTitle="False positive rate"
        yTitle="Recall"
        diagonal
        marked={props.index}
        read={(index) => readAt(props, index)}
        onChoose={props.choose}
      />
    </ChartCard>
  );
}

function Precision(props: CurveProps & { performance: PerformanceAnswer }) {
  const { answer, current, reference } = props;
  const share = current.n > 0 ? current.n_positive / current.n : 0;
  return (
    <ChartCard
      title="Precision and recall"
      name={`Precision and recall of ${plainName(answer.label, 60)}`}
      about={props.about}
      testId="precision-recall"
      table={() => thresholdTable(current, 'Precision and recall at each threshold')}
      foot={<p class="note">{<Area {...props} metric="average_precision" title="Average precision" />}</p>}
    >
      <CurveKey answer={answer} current={current} reference={reference} />
      <XYChart
        id="precision-recall"
        title="Precision by recall"
        lines={[{ key: 'current', points: precisionPoints(current), tone: 'current' }, ...(reference ? [{ key: 'reference', points: withoutBounds(precisionPoints(reference)), tone: 'reference' as const }] : [])]}
        xTitle="Recall"
        yTitle="Precision"
        level={{ value: share, label: `${number(share)} of all rows` }}
        marked={props.index}
        read={(index) => readAt(props, index)}
        onChoose={props.choose}
      />
    </ChartCard>
  );
}

const withoutBounds = (points: ReturnType<typeof rocPoints>) => points.map(({ x, y }) => ({ x, y }));
