import type { PerformanceAnswer, VersionAnswer, VolumeAnswer } from '../../api/types';
import { ChartCard } from '../../charts/ChartCard';
import { immature, maturityText, stretches } from '../../charts/maturity';
import { zeroDomain } from '../../charts/scale';
import type { DataTable } from '../../charts/table';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Reading } from '../../charts/Tooltip';
import { Empty } from '../../components/states';
import { binText, compact, instant, int, number, percent, toMs } from '../../format';
import { referenceText } from '../../references';
import { visible } from '../../visible';
import { absence, coverageText, isOwn, metricDomain, titleOf, valueOf, type Catalogue } from './metrics';
import { MetricPicker } from './MetricPicker';
import { coverageOf } from './numbers';
import { about, brush, spanOf, timesOf } from './page';

interface PerformanceProps {
  version: VersionAnswer;
  performance: PerformanceAnswer;
  volume: VolumeAnswer;
  metric: string | null;
  catalogue: Catalogue;
}

/** The metric with its interval above the volume and its coverage, on one time axis. */
export function Performance(props: PerformanceProps) {
  const { version, performance, volume, metric, catalogue } = props;
  const title = metric ? titleOf(metric, catalogue) : 'Performance';
  return (
    <ChartCard
      title="Performance over time"
      name={`${title} over time`}
      about={about(version, performance.window, performance.reference?.name)}
      testId="performance"
      controls={<MetricPicker performance={performance} metric={metric} catalogue={catalogue} />}
      table={() => performanceTable(performance, metric, title)}
    >
      {performance.problem && (
        <p class="muted small" role="note" data-testid="metrics-need">
          More metrics need to know one thing: {visible(performance.problem)}
        </p>
      )}
      {metric !== null && isOwn(metric, catalogue) && (
        <p class="muted small" role="note" data-testid="own-metric">
          {visible(catalogue.get(metric)?.description ?? '')}
        </p>
      )}
      <MetricChart {...props} title={title} />
      <VolumeChart version={version} volume={volume} />
    </ChartCard>
  );
}

function MetricChart({ version, performance, volume, metric, catalogue, title }: PerformanceProps & { title: string }) {
  const series = performance.series.find((one) => one.metric === metric);
  const needsActuals = !series?.value.some((value) => value !== null);
  if (volume.n_with_actual === 0 && needsActuals) return <NoActuals />;
  if (!series) return <Absent title="No metric to show" text="The server knows no metric for what this version predicts." />;
  if (series.value.every((value) => value === null)) {
    const total = valueOf(performance.total, metric);
    return <Absent title={total?.value == null ? absence(total) : 'insufficient data'} text={`No single window has enough rows with actuals for ${title}. A longer range or longer windows give it more.`} />;
  }
  const own = isOwn(series.metric, catalogue);
  const starts = timesOf(performance.starts);
  const stepMs = (performance.step_s ?? 3600) * 1000;
  const against = valueOf(performance.reference_values, metric);
  const marked = immature(performance.maturity_series);
  const levels = against?.value == null ? [] : [{ value: against.value, label: 'reference', tone: 'reference' as const }];
  const read = (index: number): Reading[] => {
    const value = series.value[index] ?? null;
    const [lower, upper] = [series.lower[index] ?? null, series.upper[index] ?? null];
    return [
      { label: title, value: value === null ? absence({ ...NOTHING, status: series.status[index] ?? 'no_actuals' }) : number(value), swatch: 'current' },
      ...(lower === null || upper === null ? [] : [{ label: '95 % interval', value: `${number(lower)} – ${number(upper)}`, swatch: 'band' as const }]),
      ...(against?.value == null ? [] : [{ label: `Reference ${referenceText(performance.reference?.name ?? '')}`, value: number(against.value), swatch: 'reference' as const }]),
      { label: own ? 'Rows with a value' : 'Rows with actuals', value: int(series.n[index] ?? 0), apart: true },
      { label: 'Coverage', value: `${coverageText(series.coverage[index] ?? null)}${maturityText(performance.maturity_series, index)}` },
    ];
  };
  return (
    <>
      {marked.some(Boolean) && (
        <div class="chart-key">
          <span>
            <i class="swatch hatched" />
            {performance.maturity_series.cause.every((cause) => cause === null || cause === 'arriving') ? 'actuals still arriving' : 'actuals incomplete'}
          </span>
        </div>
      )}
      <TimeSeries
        id="performance"
        title={`${title} over time`}
        starts={starts}
        stepMs={stepMs}
        domain={spanOf(performance.window)}
        yDomain={metricDomain(series, against?.value ?? null, catalogue.get(series.metric))}
        height={288}
        tick={(value, decimals) => value.toFixed(decimals)}
        lines={[{ key: series.metric, values: series.value, end: number, band: series }]}
        levels={levels}
        moments={momentsOf(version)}
        arriving={stretches(marked, starts, stepMs)}
        read={read}
        onBrush={brush}
        axis={false}
      />
    </>
  );
}

const NOTHING = { metric: '', value: null, lower: null, upper: null, n: 0, coverage: null, method: null, reason: null, bound: null, expected: null, effective_n: null };

function VolumeChart({ version, volume }: { version: VersionAnswer; volume: VolumeAnswer }) {
  const coverage = coverageOf(volume);
  const waiting = volume.predictions.map((n, index) => n - (volume.with_actual[index] ?? 0));
  const lossy = volume.dropped.some((n) => n > 0);
  const read = (index: number): Reading[] => [
    { label: 'Predictions', value: int(volume.predictions[index] ?? 0) },
    { label: 'With actual', value: int(volume.with_actual[index] ?? 0), swatch: 'volume' },
    { label: 'Waiting', value: int(waiting[index] ?? 0), swatch: 'waiting' },
    ...(lossy ? [{ label: 'Lost by clients', value: int(volume.dropped[index] ?? 0), swatch: 'dropped' as const }] : []),
    { label: 'Coverage', value: coverageText(coverage[index] ?? null), apart: true },
  ];
  return (
    <>
      <div class="sub-head">
        Predictions per {binText(volume.step_s)}
        <span>
          <i class="swatch volume" />
          with actual
        </span>
        <span>
          <i class="swatch waiting" />
          waiting for actual
        </span>
        {lossy && (
          <span data-testid="dropped">
            <i class="swatch dropped" />
            lost by clients
          </span>
        )}
      </div>
      <TimeSeries
        id="volume"
        title="Predictions over time, with and without their actual"
        starts={timesOf(volume.starts)}
        stepMs={volume.step_s * 1000}
        domain={spanOf(volume.window)}
        yDomain={zeroDomain(volume.predictions.map((n, index) => n + (volume.dropped[index] ?? 0)))}
        height={120}
        yTicks={2}
        tick={compact}
        bars={[
          { key: 'with_actual', values: volume.with_actual, tone: 'volume' },
          { key: 'waiting', values: waiting, tone: 'waiting' },
          ...(lossy ? [{ key: 'dropped', values: volume.dropped, tone: 'dropped' as const }] : []),
        ]}
        moments={momentsOf(version)}
        read={read}
        onBrush={brush}
      />
    </>
  );
}

/** A version's first data stands as a mark on its time charts. */
function momentsOf(version: VersionAnswer) {
  return version.first_at === null ? [] : [{ at: toMs(version.first_at), label: `First prediction of version ${version.registered.version}: ${instant(version.first_at)}` }];
}

function performanceTable(performance: PerformanceAnswer, metric: string | null, title: string): DataTable {
  const series = performance.series.find((one) => one.metric === metric);
  return {
    caption: `${title} per window`,
    columns: ['Start (UTC)', title, 'Lower 95 %', 'Upper 95 %', 'Rows with actuals', 'Coverage', 'Status'],
    rows: performance.starts.map((start, index) => [
      instant(start),
      series?.value[index] ?? null,
      series?.lower[index] ?? null,
      series?.upper[index] ?? null,
      series?.n[index] ?? 0,
      series?.coverage[index] == null ? null : percent(series.coverage[index]),
      series?.status[index] ?? null,
    ]),
  };
}

const Absent = ({ title, text }: { title: string; text: string }) => (
  <Empty title={title} icon="clock">
    <p>{text}</p>
  </Empty>
);

/** Nothing is known of outcomes yet, and how to tell them. */
export const NoActuals = () => (
  <Empty title="no actuals yet" icon="clock">
    <p>
      Metrics appear as soon as actuals of this window arrive: <code>client.log_actuals(…)</code> with the same <code>data_id</code> as the prediction.
    </p>
  </Empty>
);
