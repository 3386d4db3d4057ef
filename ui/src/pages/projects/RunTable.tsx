import { Downloads } from '../../charts/ChartCard';
import type { RunAnswer } from '../../api/types';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { ago, duration, instant, int, number, toMs } from '../../format';
import { linkTo, now } from '../../state';
import { runsTable } from '../tables';
import { Compare, PickBox, picked } from './Compare';

const SHOWN = 4;

/** The keys most runs have, in the order of their first use. */
function common(runs: readonly RunAnswer[], read: (run: RunAnswer) => Record<string, unknown>): string[] {
  const uses = new Map<string, number>();
  for (const run of runs) for (const key of Object.keys(read(run))) uses.set(key, (uses.get(key) ?? 0) + 1);
  return [...uses].sort(([, one], [, other]) => other - one).slice(0, SHOWN).map(([key]) => key);
}

export function RunTable({ project, runs }: { project: string; runs: readonly RunAnswer[] }) {
  const metrics = common(runs, (run) => run.metrics);
  const params = common(runs, (run) => run.params);
  const chosen = picked(runs, (run) => run.run_name);
  return (
    <>
      <section class="card flush" aria-labelledby="runs-title">
        <div class="card-head">
          <h2 id="runs-title">Runs</h2>
          <span class="muted">{int(runs.length)} · tick two or more to compare them</span>
          <div class="grow" />
          <Downloads name={`runs-${project}`} table={() => runsTable(project, runs)} heading={{ title: `Runs of ${project}`, about: '' }} />
        </div>
        <div class="table-wrap" tabIndex={0} role="region" aria-label="Runs, table">
          <table class="table" data-testid="runs">
            <thead>
              <tr>
                <th scope="col">
                  <span class="sr">Compare</span>
                </th>
                <th scope="col">Run</th>
                <th scope="col">Status</th>
                <th scope="col" class="right">
                  Started
                </th>
                <th scope="col" class="right">
                  Took
                </th>
                {metrics.map((metric) => (
                  <th scope="col" class="right" key={metric}>
                    <Name text={metric} />
                  </th>
                ))}
                {params.map((param) => (
                  <th scope="col" key={param}>
                    <Name text={param} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <Row key={run.run_id} project={project} run={run} metrics={metrics} params={params} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {chosen.length > 1 && <Compared runs={chosen} />}
    </>
  );
}

interface RowProps {
  project: string;
  run: RunAnswer;
  metrics: readonly string[];
  params: readonly string[];
}

const Row = ({ project, run, metrics, params }: RowProps) => (
  <tr>
    <td>
      <PickBox id={run.run_name} label={`Compare run ${run.run_name}`} />
    </td>
    <td>
      <a class="row-link" href={linkTo({ page: 'run', project, run: run.run_name })}>
        <Name text={run.run_name} />
      </a>
    </td>
    <td>
      <Status status={run.status} />
    </td>
    <td class="right muted" title={instant(run.started_at)}>
      {ago(run.started_at, now.value)}
    </td>
    <td class="right num muted">{took(run)}</td>
    {metrics.map((metric) => (
      <td class="right num" key={metric}>
        {run.metrics[metric] === undefined ? <span class="muted">–</span> : number(run.metrics[metric])}
      </td>
    ))}
    {params.map((param) => (
      <td key={param}>{run.params[param] === undefined ? <span class="muted">–</span> : <Name text={run.params[param]} />}</td>
    ))}
  </tr>
);

const Compared = ({ runs }: { runs: readonly RunAnswer[] }) => (
  <Compare
    title="Runs compared"
    columns={runs.map((run) => ({ key: run.run_id, title: run.run_name }))}
    groups={[
      { title: 'Metrics', values: runs.map((run) => run.metrics) },
      { title: 'Parameters', values: runs.map((run) => run.params) },
      { title: 'Tags', values: runs.map((run) => run.tags) },
    ]}
  />
);

export const took = ({ started_at, ended_at }: RunAnswer): string => (ended_at ? duration((toMs(ended_at) - toMs(started_at)) / 1000) : '–');
