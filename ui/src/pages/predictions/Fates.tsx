import type { FateAnswer } from '../../api/types';
import { ToneMark } from '../../components/icons';
import { Name } from '../../components/Name';
import { instant } from '../../format';
import type { Tone } from '../../statuses';
import { Value } from './values';

const TONE: Record<FateAnswer['state'], Tone> = {
  stored: 'ok',
  matched: 'ok',
  waiting: 'watch',
  superseded: 'quiet',
  duplicate: 'quiet',
  conflict: 'drifted',
  rejected: 'drifted',
};

/** What became of everything that arrived under this data_id, in the order of its arrival. */
export const Fates = ({ fates }: { fates: readonly FateAnswer[] }) => (
  <section aria-label="What became of it">
    <h3>What became of it</h3>
    {fates.length === 0 && <p class="muted">Nothing has arrived under this data_id.</p>}
    <ul class="fates" data-testid="fates">
      {fates.map((fate, index) => (
        <li key={index}>
          <ToneMark tone={TONE[fate.state]} />
          <span>
            <b>
              {fate.kind} {fate.state}
            </b>
            {fate.value !== null && (
              <>
                {' '}
                · <Value value={fate.value} />
              </>
            )}
          </span>
          <p class="muted small">
            <Name text={fate.reason} />
          </p>
          <p class="muted small num">received {instant(fate.received_at)}</p>
        </li>
      ))}
    </ul>
  </section>
);
