import { useEffect } from 'preact/hooks';
import type { VersionAnswer } from '../../api/types';
import { Snippet } from '../../components/Copy';
import { LedgerStrip } from '../../components/LedgerStrip';
import { refresh } from '../../live';
import { actualProgram, exampleOf, installProgram, predictionProgram } from '../../snippets';

const LOOK_EVERY_MS = 2000;

/** A version without data: three steps with its own name in them. It turns into the Overview by itself. */
export function Waiting({ version }: { version: VersionAnswer }) {
  useEffect(() => {
    const timer = setInterval(() => {
      // With the clock, so that the range does not end before the prediction that is waited for.
      if (!document.hidden) refresh();
    }, LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const { fqn, model_schema } = version.registered;
  const example = exampleOf(fqn, model_schema, location.origin);
  return (
    <div class="waiting" data-testid="waiting">
      <section class="card" aria-labelledby="steps">
        <h2 id="steps" class="sr">
          Three steps
        </h2>
        <ol class="steps">
          <li>
            <h3>Install the client</h3>
            <Snippet text={installProgram()} label="the install command" />
          </li>
          <li>
            <h3>Log a prediction</h3>
            <p class="muted">The call returns at once; rows are sent in the background.</p>
            <Snippet text={predictionProgram(example)} label="the program that logs a prediction" />
          </li>
          <li>
            <h3>Log the actual, once it is known</h3>
            <p class="muted">It is joined by data_id; sooner or later, in any order.</p>
            <Snippet text={actualProgram(example)} label="the program that logs an actual" />
          </li>
        </ol>
      </section>
      <div class="beside">
        <section class="card waiting-head" role="status">
          <span class="ping" />
          <div>
            <h2>Waiting for the first prediction…</h2>
            <p>The overview shows by itself as soon as one arrives.</p>
          </div>
        </section>
        <LedgerStrip version={version} open />
      </div>
    </div>
  );
}
