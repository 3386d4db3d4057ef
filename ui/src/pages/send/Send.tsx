import { fleet } from '../../api/endpoints';
import { useAnswer } from '../../api/useAnswer';
import { Snippet } from '../../components/Copy';
import { Head } from '../../components/Head';
import { asked, query, setQuery } from '../../state';
import { actualProgram, curlProgram, exampleOf, installProgram, predictionProgram, registerProgram, type Example } from '../../snippets';

const NO_VERSION = 'model:default/flights/late:1';

/** How a program of one's own sends data, in Python or by plain HTTP. */
export function Send() {
  const versions = useAnswer(fleet(asked.value.start, asked.value.end)).data?.versions ?? [];
  const fqn = query.value.q || versions[0]?.fqn || NO_VERSION;
  const example = exampleOf(fqn, null, location.origin);
  return (
    <>
      <Head title="Send data" crumbs={[{ label: 'Python and HTTP' }]} />
      <main class="page" id="main" tabIndex={-1}>
        <div class="stack">
          {versions.length > 0 && (
            <label class="dated send-for">
              Model version in the programs below
              <select class="button" value={fqn} onChange={(event) => setQuery({ q: event.currentTarget.value })}>
                {versions.map((version) => (
                  <option key={version.fqn}>{version.fqn}</option>
                ))}
              </select>
            </label>
          )}
          <div class="send">
            <Python example={example} />
            <Http example={example} />
          </div>
        </div>
      </main>
    </>
  );
}

const Python = ({ example }: { example: Example }) => (
  <section class="card" aria-labelledby="python">
    <div class="card-head">
      <h2 id="python">From Python</h2>
    </div>
    <ol class="steps">
      <li>
        <h3>Install the client</h3>
        <Snippet text={installProgram()} label="the install command" />
      </li>
      <li>
        <h3>Give the model version a name</h3>
        <p class="muted">Once. Its FQN is what all rows are logged under; a registered version shows it with a Copy button.</p>
        <Snippet text={registerProgram(example)} label="the program that registers a version" />
      </li>
      <li>
        <h3>Log predictions</h3>
        <Snippet text={predictionProgram(example)} label="the program that logs a prediction" />
      </li>
      <li>
        <h3>Log actuals, once they are known</h3>
        <Snippet text={actualProgram(example)} label="the program that logs an actual" />
      </li>
    </ol>
  </section>
);

const Http = ({ example }: { example: Example }) => (
  <section class="card" aria-labelledby="http">
    <div class="card-head">
      <h2 id="http">From anything else, by HTTP</h2>
      <a class="link small" href="/docs" data-outside>
        API reference
      </a>
    </div>
    <p class="muted">
      A batch is stored once however often it is sent: repeat it with the same batch_id until the answer comes. Each refused row comes back with its index, the path inside it and the
      reason; the others are stored.
    </p>
    <ol class="steps http-steps">
      <li>
        <h3>Predictions</h3>
        <Snippet text={curlProgram(example, 'predictions')} label="the curl command for predictions" />
      </li>
      <li>
        <h3>Actuals</h3>
        <Snippet text={curlProgram(example, 'actuals')} label="the curl command for actuals" />
      </li>
    </ol>
  </section>
);
