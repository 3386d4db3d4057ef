import type { QualityAnswer, QualityStatus, QualityVerdict } from '../../api/types';
import { ToneMark } from '../../components/icons';
import { Name } from '../../components/Name';
import { Absent, Slot } from '../../components/NumberSlot';
import { compact, int, percent, points } from '../../format';
import { SEVERITY, TONES, WORDS } from '../../statuses';
import { countIssues } from './quality';

/** The strip at the top: how much is wrong, and how much there is. */
export function Strip({ answer }: { answer: QualityAnswer }) {
  const { breached, watch, columns } = countIssues(answer.issues);
  const all = new Set(answer.columns.map(({ total }) => total.column)).size;
  return (
    <section class="numbers" aria-label="Summary of data quality" data-testid="quality-numbers">
      <Slot title="Issues" testId="issues">
        <p>
          <b>{breached + watch}</b>
          <span class={breached > 0 ? 'worse' : 'muted'}>
            {breached > 0 && <ToneMark tone="drifted" />}
            {breached} breached
          </span>
          <span class={watch > 0 ? 'watching' : 'muted'}>
            {watch > 0 && <ToneMark tone="watch" />}
            {watch} on watch
          </span>
        </p>
      </Slot>
      <Slot title="Columns with an issue" testId="columns">
        <p>
          <b>
            {columns}
            <small> of {all}</small>
          </b>
          <span class="muted">{int(answer.columns.length)} checks made</span>
        </p>
      </Slot>
      <Slot title="Most missing" testId="missing">
        <Missing answer={answer} />
      </Slot>
      <Slot title="Rows beside the weekly rhythm" testId="volume">
        {answer.volume ? <Rows verdict={answer.volume.verdict} /> : <Absent text="not known" note={answer.slice ? 'of a filter' : 'no hour is over yet'} />}
      </Slot>
      <Slot title="What became of rows" testId="rows">
        <Worst rows={answer.rows} />
      </Slot>
    </section>
  );
}

function Missing({ answer }: { answer: QualityAnswer }) {
  const features = answer.columns.map(({ total }) => total).filter(({ check, value }) => check === 'missing_share' && value !== null);
  const most = features.reduce<QualityVerdict | null>((worst, one) => (worst && (worst.value ?? 0) >= (one.value ?? 0) ? worst : one), null);
  if (!most) return <Absent text="not known yet" />;
  if (most.value === 0) return <Absent text="nothing missing" note={`of ${int(most.n)} rows`} />;
  return (
    <p>
      <b title={`${int(most.n)} rows`}>{percent(most.value ?? 0)}</b>
      <span class="muted">
        <Name text={most.column ?? ''} mono />
      </span>
      <span class="muted">
        {most.reference_value === null ? `of ${int(most.n)} rows` : `${points((most.value ?? 0) - most.reference_value)} vs reference · ${compact(most.n)} rows`}
      </span>
    </p>
  );
}

function Rows({ verdict }: { verdict: QualityVerdict }) {
  const usual = verdict.expected;
  return (
    <p>
      <b title={int(verdict.n)}>{compact(verdict.n)}</b>
      <Marked status={verdict.status} />
      <span class="muted">{usual === null ? 'no rhythm known yet' : `about ${compact(usual)} are usual`}</span>
    </p>
  );
}

const Marked = ({ status }: { status: QualityStatus }) => (
  <span class={TONES[status] === 'drifted' ? 'worse' : TONES[status] === 'watch' ? 'watching' : 'muted'}>
    <ToneMark tone={TONES[status]} />
    {WORDS[status]}
  </span>
);

function Worst({ rows }: { rows: readonly QualityVerdict[] }) {
  const worst = [...rows].sort((one, other) => SEVERITY[one.status] - SEVERITY[other.status] || (other.effect ?? 0) - (one.effect ?? 0))[0];
  if (!worst) return <Absent text="not known" note="of a filter" />;
  if (TONES[worst.status] !== 'watch' && TONES[worst.status] !== 'drifted') {
    const n = Math.max(...rows.map((row) => row.n));
    return (
      <p>
        <b title={int(n)}>{compact(n)}</b>
        <Marked status="ok" />
        <span class="muted">predictions and actuals received</span>
      </p>
    );
  }
  return (
    <p title={worst.reason}>
      <b>{worst.value === null ? '–' : percent(worst.value)}</b>
      <Marked status={worst.status} />
      <span class="muted">
        {worst.title} · {compact(worst.n)} rows
      </span>
    </p>
  );
}
