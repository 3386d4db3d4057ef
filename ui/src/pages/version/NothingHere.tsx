import type { VersionAnswer } from '../../api/types';
import { LedgerStrip } from '../../components/LedgerStrip';
import { Empty } from '../../components/states';
import { instant, spanText } from '../../format';
import { DAY, HOUR } from '../../range';
import { setSpan, span } from '../../state';

/** The range is empty, but there is data elsewhere: one click leads there. */
export function NothingHere({ version }: { version: VersionAnswer }) {
  const { start, end } = span.value;
  const last = Date.parse(version.last_at ?? '');
  const jump = (): void => {
    const to = Math.floor(last / HOUR) * HOUR + HOUR;
    setSpan({ start: to - Math.max(end - start, DAY), end: to });
  };
  return (
    <>
      <section class="card">
        <Empty title="No predictions in this range" icon="clock">
          <p>
            Nothing happened {spanText(start, end)} UTC. The last prediction is of {instant(last)}.
          </p>
          <button type="button" class="button primary" data-testid="jump" onClick={jump}>
            Jump to the last data
          </button>
        </Empty>
      </section>
      <LedgerStrip version={version} />
    </>
  );
}
