import type { MetricValue, PerformanceAnswer } from '../../api/types';
import { ToneMark } from '../../components/icons';
import { Absent, Slot } from '../../components/NumberSlot';
import { compact, int, number, percent } from '../../format';
import { referenceText } from '../../references';
import { TONES, WORDS } from '../../statuses';
import { absence, compare, headlines, interval, titleOf, valueOf, type Catalogue } from '../overview/metrics';
import { coverageText, matureText, maturityText } from './words';

const SHOWN = 3;

/** The strip at the top: whether the metrics can be trusted yet, on how many actuals they rest, and the first of them. */
export function Strip({ answer, catalogue }: { answer: PerformanceAnswer; catalogue: Catalogue }) {
  const { maturity, total } = answer;
  const names = headlines(answer.task, total.map((one) => one.metric), catalogue);
  const known = names.filter((name) => valueOf(total, name)?.value != null);
  const n = Math.max(0, ...total.map((one) => one.n));
  return (
    <section class="numbers" aria-label="Summary of performance" data-testid="maturity">
      <Slot title="Maturity" testId="maturity">
        <p>
          <b class="word">
            <ToneMark tone={TONES[maturity.status]} /> {WORDS[maturity.status]}
          </b>
          <span class="muted" title={maturity.reason ?? undefined}>
            {maturityText(maturity)}
          </span>
        </p>
      </Slot>
      <Slot title="Actuals received" testId="actuals">
        {maturity.coverage === null || n === 0 ? (
          <Absent text="no actuals yet" note={matureText(maturity)} />
        ) : (
          <p title={coverageText(maturity)}>
            <b>{percent(maturity.coverage)}</b>
            <span class="muted">{maturity.expected_coverage === null ? 'how many will come is unknown' : `of ${percent(maturity.expected_coverage)} expected`}</span>
            <span class="muted">
              {compact(n)} rows{maturity.status === 'immature' && ` · ${matureText(maturity)}`}
            </span>
          </p>
        )}
      </Slot>
      {(known.length > 0 ? known : names).slice(0, SHOWN).map((name) => (
        <Slot key={name} title={titleOf(name, catalogue)} testId={name}>
          <Metric now={valueOf(total, name)} answer={answer} catalogue={catalogue} />
        </Slot>
      ))}
    </section>
  );
}

function Metric({ now, answer, catalogue }: { now: MetricValue | null; answer: PerformanceAnswer; catalogue: Catalogue }) {
  if (now?.value == null) return <Absent text={absence(now)} />;
  const against = valueOf(answer.reference_values, now.metric);
  const difference = compare(now, against, catalogue.get(now.metric)?.better);
  const range = interval(now);
  return (
    <p title={`${int(now.n)} rows with actuals${now.method ? `; interval by ${now.method}` : ''}`}>
      <b>{number(now.value)}</b>
      {difference ? (
        <span class={difference.worse ? 'worse' : 'muted'} title={`reference ${referenceText(answer.reference?.name ?? '')}: ${number(against?.value ?? 0)}`}>
          {difference.worse && <ToneMark tone="drifted" />}
          {difference.text} vs reference
        </span>
      ) : (
        <span class="muted">no reference with actuals</span>
      )}
      <span class="muted">
        {range ? `95 %: ${range}` : 'no interval'} · n {compact(now.n)}
      </span>
    </p>
  );
}
