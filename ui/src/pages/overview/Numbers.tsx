import type { DriftAnswer, PerformanceAnswer, VolumeAnswer } from '../../api/types';
import { Sparkline } from '../../charts/Sparkline';
import { zeroDomain } from '../../charts/scale';
import { ToneMark } from '../../components/icons';
import { Name } from '../../components/Name';
import { Absent, Slot } from '../../components/NumberSlot';
import { compact, duration, int, number, percent } from '../../format';
import { referenceText } from '../../references';
import { TONES } from '../../statuses';
import { absence, compare, interval, titleOf, valueOf, type Catalogue } from './metrics';
import { countDrift, coverageOf, mostMissing, perDay } from './numbers';

interface NumbersProps {
  volume: VolumeAnswer | null;
  performance: PerformanceAnswer | null;
  drift: DriftAnswer | null;
  metric: string | null;
  catalogue: Catalogue;
}

/** The strip at the top: how much, how well, how different. */
export function Numbers({ volume, performance, drift, metric, catalogue }: NumbersProps) {
  return (
    <section class="numbers" aria-label="Summary of the window" data-testid="numbers">
      <Slot title="Predictions" testId="predictions">
        {volume && <Predictions volume={volume} />}
      </Slot>
      <Slot title="Actuals received" testId="actuals">
        {volume && <Actuals volume={volume} />}
      </Slot>
      <Slot title={metric ? titleOf(metric, catalogue) : 'Performance'} testId="metric">
        {performance && <Metric performance={performance} metric={metric} catalogue={catalogue} />}
      </Slot>
      <Slot title="Features drifting" testId="drifting">
        {drift && <Drifting drift={drift} catalogue={catalogue} />}
      </Slot>
      <Slot title="Data quality" testId="quality">
        {drift && <Quality drift={drift} />}
      </Slot>
    </section>
  );
}

function Predictions({ volume }: { volume: VolumeAnswer }) {
  return (
    <>
      <p>
        <b title={int(volume.n_predictions)}>{compact(volume.n_predictions)}</b>
        <span class="muted">{int(perDay(volume))} a day</span>
      </p>
      <Sparkline values={volume.predictions} domain={zeroDomain(volume.predictions)} label="Predictions over time" width={92} height={30} />
    </>
  );
}

function Actuals({ volume }: { volume: VolumeAnswer }) {
  if (volume.n_with_actual === 0) return <Absent text="no actuals yet" />;
  return (
    <>
      <p>
        <b>{percent(volume.n_with_actual / volume.n_predictions)}</b>
        <span class="muted">{volume.median_delay_s === null ? `${int(volume.n_with_actual)} rows` : `median delay ${duration(volume.median_delay_s)}`}</span>
      </p>
      <Sparkline values={coverageOf(volume)} domain={[0, 1]} label="Share of predictions with an actual over time" width={92} height={30} />
    </>
  );
}

function Metric({ performance, metric, catalogue }: { performance: PerformanceAnswer; metric: string | null; catalogue: Catalogue }) {
  const now = valueOf(performance.total, metric);
  if (now?.value == null) return <Absent text={absence(now)} />;
  const against = valueOf(performance.reference_values, metric);
  const difference = compare(now, against, catalogue.get(metric ?? '')?.better);
  const range = interval(now);
  const series = performance.series.find((one) => one.metric === metric)?.value ?? [];
  return (
    <>
      <p title={`${int(now.n)} rows with actuals${now.method ? `; interval by ${now.method}` : ''}`}>
        <b>{number(now.value)}</b>
        {difference ? (
          <span class={difference.worse ? 'worse' : 'muted'} title={`reference ${referenceText(performance.reference?.name ?? '')}: ${number(against?.value ?? 0)}`}>
            {difference.worse && <ToneMark tone="drifted" />}
            {difference.text} vs reference
          </span>
        ) : (
          <span class="muted">{int(now.n)} rows with actuals</span>
        )}
        {range && <span class="muted">95 %: {range}</span>}
      </p>
      <Sparkline values={series} tone={difference?.worse ? 'drifted' : 'quiet'} label={`${titleOf(now.metric, catalogue)} over time`} width={92} height={30} />
    </>
  );
}

const MOST_SQUARES = 36;

function Drifting({ drift, catalogue }: { drift: DriftAnswer; catalogue: Catalogue }) {
  const { features, drifted, watch, statuses } = countDrift(drift);
  if (!drift.reference) return <Absent text="no reference yet" />;
  return (
    <>
      <p title={`${titleOf(drift.statistic, catalogue)} against ${referenceText(drift.reference.name)}, ${int(drift.slice?.reference_n ?? drift.reference.n)} rows`}>
        <b>
          {drifted}
          <small> of {features}</small>
        </b>
        <span class={watch > 0 ? 'watching' : 'muted'}>
          {watch > 0 && <ToneMark tone="watch" />}
          {watch > 0 ? `${watch} on watch` : drifted > 0 ? 'none on watch' : 'all ok'}
        </span>
      </p>
      <div class="squares" aria-hidden="true">
        {statuses.slice(0, MOST_SQUARES).map((status, at) => (
          <i key={at} class={TONES[status]} />
        ))}
      </div>
    </>
  );
}

function Quality({ drift }: { drift: DriftAnswer }) {
  const hint = mostMissing(drift.columns);
  if (!hint) return <Absent text="not known yet" />;
  if (hint.share === 0) return <Absent text="nothing missing" note="in any feature" />;
  return (
    <p>
      <b>
        {percent(hint.share)}
        <small> missing</small>
      </b>
      <span class={hint.moved ? 'watching' : 'muted'}>
        {hint.moved && <ToneMark tone="watch" />}
        <Name text={hint.column} />
      </span>
      {hint.reference !== null && <span class="muted">{percent(hint.reference)} in the reference</span>}
    </p>
  );
}
