import { ledger } from '../api/endpoints';
import type { DroppedAnswer, LedgerAnswer, RejectedAnswer, VersionAnswer } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { ago, instant, int } from '../format';
import { now } from '../state';
import { visible } from '../visible';
import { Icon, ToneMark } from './icons';
import { Loaded } from './states';

const SHOWN = 20;

const STATES: readonly { key: string; label: string; about: string }[] = [
  { key: 'prediction.stored', label: 'predictions stored', about: 'The first prediction of its data_id' },
  { key: 'actual.matched', label: 'actuals matched', about: 'Joined to their prediction' },
  { key: 'actual.waiting', label: 'actuals waiting', about: 'Their prediction has not arrived yet' },
  { key: 'actual.superseded', label: 'actuals superseded', about: 'Replaced by a later correction' },
  { key: 'prediction.duplicate', label: 'predictions repeated', about: 'Logged again with the same content' },
  { key: 'actual.duplicate', label: 'actuals repeated', about: 'Logged again with the same value' },
  { key: 'prediction.conflict', label: 'predictions in conflict', about: 'Logged again with other content; the first one stays' },
  { key: 'prediction.rejected', label: 'predictions rejected', about: 'Not stored; the reasons are below' },
  { key: 'actual.rejected', label: 'actuals rejected', about: 'Not stored; the reasons are below' },
  { key: 'prediction.erased', label: 'predictions erased', about: 'Erased on demand; in no chart' },
  { key: 'actual.erased', label: 'actuals erased', about: 'Erased on demand; in no chart' },
  { key: 'prediction.expired', label: 'predictions expired', about: 'Past the time for which rows are kept; charts still count them' },
  { key: 'actual.expired', label: 'actuals expired', about: 'Past the time for which rows are kept; charts still count them' },
];

interface LedgerStripProps {
  version: VersionAnswer;
  /** Whether the details are shown at once. */
  open?: boolean;
}

/** "Why do I see nothing?": what became of every received row. */
export function LedgerStrip({ version, open = false }: LedgerStripProps) {
  const asked = useAnswer(ledger(version.registered.fqn));
  return (
    <details class="card ledger" open={open} data-testid="ledger">
      <summary>
        <Icon name="right" size={14} />
        <h2>{open ? 'Why do I see nothing?' : 'What became of every row'}</h2>
        <Summary version={version} />
      </summary>
      <Loaded asked={asked} height={120}>
        {(data) => <Account data={data} version={version} />}
      </Loaded>
    </details>
  );
}

function Summary({ version }: { version: VersionAnswer }) {
  const { inbox_rows, rejected_rows } = version;
  return (
    <span class="muted small">
      {inbox_rows > 0 && `${int(inbox_rows)} rows in the inbox, shown within seconds. `}
      {rejected_rows > 0 ? (
        <span class="ledger-bad">
          <ToneMark tone="drifted" /> {int(rejected_rows)} rows rejected
        </span>
      ) : (
        'No row was rejected.'
      )}
    </span>
  );
}

function Account({ data, version }: { data: LedgerAnswer; version: VersionAnswer }) {
  const known = STATES.filter(({ key }) => (data.totals[key] ?? 0) > 0);
  return (
    <>
      {known.length === 0 && version.inbox_rows === 0 && (
        <p class="muted">
          No row for this version has reached the server yet. Look at <code>client.stats()</code> in the sending program, and at{' '}
          <code>mlfoundry doctor</code>.
        </p>
      )}
      <dl class="facts counts">
        {version.inbox_rows > 0 && <Count n={version.inbox_rows} label="rows in the inbox" about="On disk; no chart shows them yet" />}
        {known.map(({ key, label, about }) => (
          <Count key={key} n={data.totals[key] ?? 0} label={label} about={about} />
        ))}
      </dl>
      {data.rejected.length > 0 && <Rejected rows={data.rejected} />}
      {data.dropped.length > 0 && <Dropped rows={data.dropped} />}
    </>
  );
}

const Count = ({ n, label, about }: { n: number; label: string; about: string }) => (
  <div title={about}>
    <dt>{label}</dt>
    <dd class="num">{int(n)}</dd>
  </div>
);

const Dropped = ({ rows }: { rows: readonly DroppedAnswer[] }) => (
  <div class="refused" tabIndex={0} role="region" aria-label="Rows lost by clients" data-testid="lost">
    <ul>
      {rows.slice(0, SHOWN).map((row) => (
        <li key={`${row.hour} ${row.kind} ${row.reason}`}>
          <span>
            {int(row.n)} {row.kind}s never reached the server: <code>{visible(row.reason)}</code>
          </span>
          <span class="muted small">reported by a client for the hour from {instant(row.hour)}</span>
        </li>
      ))}
    </ul>
  </div>
);

const Rejected = ({ rows }: { rows: readonly RejectedAnswer[] }) => (
  <div class="refused" tabIndex={0} role="region" aria-label="Rejected rows">
    <ul>
    {rows.slice(0, SHOWN).map((row) => (
      <li key={`${row.batch_id} ${row.index} ${row.kind}`}>
        <span>
          <code>{visible(row.path)}</code> {visible(row.reason)}
        </span>
        <span class="muted small" title={instant(row.received_at)}>
          {row.kind} {row.index} of its batch
          {row.data_id && <> · {visible(row.data_id)}</>} · {ago(row.received_at, now.value)}
        </span>
      </li>
    ))}
    </ul>
  </div>
);
