import type { MetricValue, PerformanceAnswer, VersionAnswer } from '../../api/types';
import { Downloads } from '../../charts/ChartCard';
import { Sparkline } from '../../charts/Sparkline';
import type { DataTable } from '../../charts/table';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { Empty } from '../../components/states';
import { int, number } from '../../format';
import { linkTo, route } from '../../state';
import { visible } from '../../visible';
import { absence, compare, interval, titleOf, valueOf, type Catalogue } from '../overview/metrics';
import { about } from '../overview/page';

interface MetricsProps {
  version: VersionAnswer;
  answer: PerformanceAnswer;
  catalogue: Catalogue;
}

/** Every metric of the window with its interval and n, beside the reference's; its name opens it over time. */
export function Metrics({ version, answer, catalogue }: MetricsProps) {
  return (
    <section class="card flush" aria-labelledby="metrics-title" data-testid="metrics">
      <div class="card-head">
        <h2 id="metrics-title">All metrics</h2>
        <span class="muted">a name opens it over time</span>
        <div class="grow" />
        <Downloads name="metrics" table={() => metricsTable(answer)} heading={{ title: 'All metrics', about: about(version, answer.window, answer.reference?.name) }} />
      </div>
      {answer.problem && <p class="muted small">More metrics need to know one thing: {visible(answer.problem)}</p>}
      {answer.total.length === 0 ? (
        <Empty title="No metric to show" icon="clock">
          <p>The server knows no metric for what this version predicts.</p>
        </Empty>
      ) : (
        <div class="table-wrap" tabIndex={0} role="region" aria-label="All metrics, table">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" class="right">
                  Value
                </th>
                <th scope="col" class="right">
                  95 % interval
                </th>
                <th scope="col" class="right">
                  Reference
                </th>
                <th scope="col" class="right">
                  Difference
                </th>
                <th scope="col">Trend</th>
                <th scope="col" class="right">
                  n
                </th>
                <th scope="col">Status</th>
              </tr>
            </thead>
            <tbody>
              {answer.total.map((value) => (
                <Metric key={value.metric} value={value} answer={answer} catalogue={catalogue} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Metric({ value, answer, catalogue }: { value: MetricValue; answer: PerformanceAnswer; catalogue: Catalogue }) {
  const here = route.value;
  const title = titleOf(value.metric, catalogue);
  const against = valueOf(answer.reference_values, value.metric);
  const difference = compare(value, against, catalogue.get(value.metric)?.better);
  const series = answer.series.find((one) => one.metric === value.metric)?.value ?? [];
  return (
    <tr data-metric={value.metric}>
      <td title={catalogue.get(value.metric)?.description}>
        {here.page === 'version' ? (
          <a class="row-link" href={linkTo({ ...here, tab: 'overview' }, { metric: value.metric })}>
            <Name text={title} />
          </a>
        ) : (
          <Name text={title} />
        )}
      </td>
      <td class="right num strong">{value.value === null ? <span class="muted">{absence(value)}</span> : number(value.value)}</td>
      <td class="right num muted" title={value.method ?? undefined}>
        {interval(value) ?? '–'}
      </td>
      <td class="right num muted" title={against ? `${int(against.n)} rows` : undefined}>
        {against?.value == null ? '–' : number(against.value)}
      </td>
      <td class={difference?.worse ? 'right num worse' : 'right num'}>{difference ? difference.text : '–'}</td>
      <td>
        <Sparkline values={series} width={100} tone={difference?.worse ? 'drifted' : 'quiet'} label={`Trend of ${title}`} />
      </td>
      <td class="right num">{int(value.n)}</td>
      <td title={value.reason ?? undefined}>
        <Status status={value.status} />
      </td>
    </tr>
  );
}

function metricsTable(answer: PerformanceAnswer): DataTable {
  return {
    caption: 'Every metric of the window',
    columns: ['Metric', 'Value', 'Lower 95 %', 'Upper 95 %', 'Method', 'Reference', 'n', 'n reference', 'Coverage', 'Effective n', 'Status', 'Reason'],
    rows: answer.total.map((value) => {
      const against = valueOf(answer.reference_values, value.metric);
      return [value.metric, value.value, value.lower, value.upper, value.method, against?.value ?? null, value.n, against?.n ?? null, value.coverage, value.effective_n, value.status, value.reason];
    }),
  };
}
