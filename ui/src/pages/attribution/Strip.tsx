import type { AttributionAnswer, DriftAnswer, RankingComparison } from '../../api/types';
import { ToneMark } from '../../components/icons';
import { Name } from '../../components/Name';
import { Absent, Slot } from '../../components/NumberSlot';
import { compact, int, number, percent } from '../../format';
import { TONES, WORDS, type Tone } from '../../statuses';
import { coverageOf, impactText, mostImpact, rowsOf } from './attribution';

const SHORT: Record<string, string> = { attribution_ndcg: 'nDCG of the ranking', importance_shift: 'Shift of importance' };
const STATISTICS = ['attribution_ndcg', 'importance_shift'];

/** The strip at the top: on how many rows it rests, whether the ranking holds, and where to look first. */
export function Strip({ answer, drift }: { answer: AttributionAnswer; drift: DriftAnswer | null }) {
  const rankings = STATISTICS.flatMap((name) => answer.rankings.find((ranking) => ranking.statistic === name) ?? []);
  return (
    <section class="numbers" aria-label="Summary of attributions" data-testid="attribution-numbers">
      <Slot title="Rows with SHAP values" testId="coverage">
        <Coverage answer={answer} />
      </Slot>
      <Slot title="Features that changed" testId="changed">
        <Changed answer={answer} />
      </Slot>
      {rankings.map((ranking) => (
        <Slot key={ranking.statistic} title={SHORT[ranking.statistic] ?? ranking.title} testId={ranking.statistic}>
          <Ranking ranking={ranking} n={answer.features.length} />
        </Slot>
      ))}
      <Slot title="Look first at" testId="impact">
        {drift && <First answer={answer} drift={drift} />}
      </Slot>
    </section>
  );
}

function Coverage({ answer }: { answer: AttributionAnswer }) {
  const found = coverageOf(answer.features);
  if (!found) return <Absent text="not known" />;
  return (
    <p title={`${int(found.n)} of ${int(answer.n)} rows`}>
      <b>{percent(found.most)}</b>
      <span class="muted">
        {compact(found.n)} of {compact(answer.n)} rows
      </span>
      {found.least < found.most && <span class="muted">{percent(found.least)} of the least covered</span>}
    </p>
  );
}

const classOf = (tone: Tone): string => (tone === 'drifted' ? 'worse' : tone === 'watch' ? 'watching' : 'muted');

function Changed({ answer }: { answer: AttributionAnswer }) {
  const statuses = answer.features.map(({ total }) => total.status);
  if (statuses.every((status) => status === 'no_reference')) return <Absent text="no reference" note={`${answer.features.length} features`} />;
  const drifted = statuses.filter((status) => status === 'drifted').length;
  const watch = statuses.filter((status) => status === 'watch').length;
  const tone = watch > 0 ? 'watch' : drifted > 0 ? 'drifted' : 'ok';
  return (
    <p>
      <b>
        {drifted}
        <small> of {answer.features.length}</small>
      </b>
      <span class={classOf(tone)}>
        <ToneMark tone={tone} />
        {watch > 0 ? `${watch} on watch` : drifted > 0 ? 'drifted' : 'all ok'}
      </span>
    </p>
  );
}

function Ranking({ ranking, n }: { ranking: RankingComparison; n: number }) {
  if (ranking.value === null) return <Absent text={WORDS[ranking.status]} note={ranking.reason} />;
  const tone = TONES[ranking.status];
  return (
    <p title={ranking.reason}>
      <b>{ranking.statistic === 'importance_shift' ? percent(ranking.value) : ranking.value.toFixed(3)}</b>
      <span class={classOf(tone)}>
        <ToneMark tone={tone} />
        {WORDS[ranking.status]}
      </span>
      <span class="muted">
        {ranking.drifted_at < ranking.watch_at ? 'drifted below' : 'drifted from'} {ranking.statistic === 'importance_shift' ? percent(ranking.drifted_at, 0) : number(ranking.drifted_at)} · {n} features
      </span>
    </p>
  );
}

function First({ answer, drift }: { answer: AttributionAnswer; drift: DriftAnswer }) {
  if (!drift.reference) return <Absent text="no reference" note="so no drift is known" />;
  const first = mostImpact(rowsOf(answer, drift));
  if (!first) return <Absent text="nothing" note="no feature that decides has drifted" />;
  const status = first.drift?.total.status ?? 'ok';
  return (
    <p title="Drift in units of the size that is drift, times importance">
      <b class="word">
        <Name text={first.total.feature} mono />
      </b>
      <span class={classOf(TONES[status])}>
        <ToneMark tone={TONES[status]} />
        drift: {WORDS[status]}
      </span>
      <span class="muted">
        impact {impactText(first.drift?.impact ?? 0)} · n {compact(first.total.n)}
      </span>
    </p>
  );
}
