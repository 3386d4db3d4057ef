import { Downloads } from '../../charts/ChartCard';
import { fleet } from '../../api/endpoints';
import type { FleetAnswer, FleetVersion } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Head } from '../../components/Head';
import { Icon } from '../../components/icons';
import { Segmented } from '../../components/Segmented';
import { Loaded, Empty } from '../../components/states';
import { Toolbar } from '../../components/Toolbar';
import { compact, int, percent, spanText } from '../../format';
import { asked, linkTo, query, setQuery, span } from '../../state';
import { fleetTable } from '../tables';
import { FleetTable } from './FleetTable';
import { NoteStrip } from '../../components/NoteStrip';

const ALL = '';

/** All monitored versions, worst first. */
export function Fleet() {
  const answer = useAnswer(fleet(asked.value.start, asked.value.end));
  return (
    <>
      <Head title="Fleet" crumbs={[{ label: 'All versions' }]} />
      <NoteStrip note={answer.data?.note ?? null} />
      <Toolbar />
      <main class="page" id="main" tabIndex={-1}>
        <Loaded asked={answer} height={420}>
          {(data) => (data.versions.length === 0 ? <FirstSteps /> : <Versions data={data} />)}
        </Loaded>
      </main>
    </>
  );
}

function Versions({ data }: { data: FleetAnswer }) {
  const projects = [...new Set(data.versions.map((version) => version.ml_repo))].sort();
  const project = projects.includes(query.value.show) ? query.value.show : ALL;
  const wanted = query.value.q.toLowerCase();
  const shown = data.versions.filter((version) => (project === ALL || version.ml_repo === project) && version.fqn.toLowerCase().includes(wanted));
  return (
    <div class="stack">
      <Totals versions={shown} />
      <section class="card flush" aria-labelledby="fleet-title">
        <div class="card-head">
          <h2 id="fleet-title">Model versions</h2>
          <span class="muted">{shown.length === data.versions.length ? int(shown.length) : `${int(shown.length)} of ${int(data.versions.length)}`}</span>
          <div class="grow" />
          {projects.length > 1 && projects.length <= 6 && (
            <Segmented
              label="Project"
              options={[{ key: ALL, label: 'All projects' }, ...projects.map((name) => ({ key: name, label: name }))]}
              value={project}
              onChoose={(key) => setQuery({ show: key })}
            />
          )}
          <label class="field filter">
            <Icon name="search" size={13} />
            <input
              placeholder="Filter versions"
              aria-label="Filter versions"
              value={query.value.q}
              onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
            />
          </label>
          <Downloads name="fleet" table={() => fleetTable(shown)} heading={{ title: 'Model versions', about: spanText(span.value.start, span.value.end) + ' UTC' }} />
        </div>
        <FleetTable versions={shown} stepS={data.step_s} />
      </section>
      <p class="foot">All times are UTC. Metrics belong to the window in which the prediction happened.</p>
    </div>
  );
}

function Totals({ versions }: { versions: readonly FleetVersion[] }) {
  const sum = (read: (version: FleetVersion) => number): number => versions.reduce((total, version) => total + read(version), 0);
  const predictions = sum((version) => version.predictions);
  const matched = sum((version) => version.with_actual);
  const drifted = versions.filter((version) => version.status === 'drifted').length;
  const waiting = versions.filter((version) => version.status === 'waiting').length;
  return (
    <dl class="totals" data-testid="fleet-totals">
      <Figure label="Versions" value={int(versions.length)} about={waiting ? `${int(waiting)} waiting for data` : 'all have data'} />
      <Figure label="Predictions" value={compact(predictions)} about="in this range" />
      <Figure label="With an actual" value={predictions ? percent(matched / predictions) : '–'} about={matched ? `${compact(matched)} rows` : 'no actuals yet'} />
      <Figure label="Drifted versions" value={int(drifted)} about={`${int(sum((version) => version.drifted))} columns drifted`} />
    </dl>
  );
}

const Figure = ({ label, value, about }: { label: string; value: string; about: string }) => (
  <div class="total">
    <dt>{label}</dt>
    <dd class="num">{value}</dd>
    <dd class="muted small">{about}</dd>
  </div>
);

const FirstSteps = () => (
  <section class="card">
    <Empty title="No model version yet" icon="box">
      <p>Register a model version to get its name (FQN), then log predictions under that name. Or let <code>make demo</code> do both with real flights.</p>
      <a class="button primary" href={linkTo({ page: 'send' })}>
        How to send data
      </a>
    </Empty>
  </section>
);
