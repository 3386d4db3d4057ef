import { fleet } from '../../api/endpoints';
import type { ModelVersionAnswer, VersionStatus } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Downloads } from '../../charts/ChartCard';
import { Copy } from '../../components/Copy';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { ago, bytes, compact, date, instant, int, number } from '../../format';
import { asked, linkTo, now } from '../../state';
import { versionsTable } from '../tables';
import { Compare, PickBox, picked } from './Compare';

const SHOWN_METRICS = 4;

/** The versions of a model, each with the name to log under; those that are ticked stand side by side below. */
export function VersionTable({ tenant, modelFqn, versions }: { tenant: string; modelFqn: string; versions: readonly ModelVersionAnswer[] }) {
  const monitored = useAnswer(fleet(asked.value.start, asked.value.end)).data?.versions;
  const metrics = [...new Set(versions.flatMap((version) => Object.keys(version.metrics)))].slice(0, SHOWN_METRICS);
  const chosen = picked(versions, (version) => String(version.version));
  return (
    <>
      <section class="card flush" aria-labelledby="versions-title">
        <div class="card-head">
          <h2 id="versions-title">Versions</h2>
          <span class="muted">{versions.length > 1 ? `${int(versions.length)} · tick two or more to compare them` : '1'}</span>
          <div class="grow" />
          <Downloads name={`versions-${modelFqn}`} table={() => versionsTable(modelFqn, versions)} heading={{ title: `Versions of ${modelFqn}`, about: '' }} />
        </div>
        <div class="table-wrap" tabIndex={0} role="region" aria-label="Versions, table">
          <table class="table tall" data-testid="versions-table">
            <thead>
              <tr>
                <th scope="col">
                  <span class="sr">Compare</span>
                </th>
                <th scope="col">Version</th>
                <th scope="col">FQN</th>
                <th scope="col">Monitoring</th>
                <th scope="col" class="right">
                  Predictions
                </th>
                {metrics.map((metric) => (
                  <th scope="col" class="right" key={metric}>
                    <Name text={metric} />
                  </th>
                ))}
                <th scope="col">Schema</th>
                <th scope="col" class="right">
                  Files
                </th>
                <th scope="col">Created</th>
              </tr>
            </thead>
            <tbody>
              {versions.map((version) => (
                <Row key={version.fqn} tenant={tenant} version={version} metrics={metrics} status={monitored?.find(({ fqn }) => fqn === version.fqn)?.status} />
              ))}
            </tbody>
          </table>
        </div>
      </section>
      {chosen.length > 1 && <Compared versions={chosen} />}
    </>
  );
}

const Monitored = ({ status }: { status: VersionStatus | undefined }) => (status ? <Status status={status} /> : <span class="muted">–</span>);

interface RowProps {
  tenant: string;
  version: ModelVersionAnswer;
  metrics: readonly string[];
  status: VersionStatus | undefined;
}

const Row = ({ tenant, version, metrics, status }: RowProps) => (
  <tr>
    <td>
      <PickBox id={String(version.version)} label={`Compare version ${version.version}`} />
    </td>
    <td>
      <a
        class="row-link num"
        href={linkTo({ page: 'version', tab: 'overview', tenant, project: version.ml_repo, model: version.name, version: version.version, fqn: version.fqn })}
      >
        v{version.version}
      </a>
      {version.framework && <div class="muted small">{version.framework}</div>}
    </td>
    <td>
      <span class="fqn-cell">
        <code data-testid="version-fqn">{version.fqn}</code>
        <Copy bare text={version.fqn} label={`FQN of version ${version.version}`} />
      </span>
    </td>
    <td>
      <Monitored status={version.n_predictions === 0 ? 'waiting' : status} />
    </td>
    <td class="right num">{compact(version.n_predictions)}</td>
    {metrics.map((metric) => (
      <td class="right num" key={metric}>
        {version.metrics[metric] === undefined ? <span class="muted">–</span> : number(version.metrics[metric])}
      </td>
    ))}
    <td>{schemaText(version.model_schema)}</td>
    <td class="right num">{version.has_files ? bytes(version.size_bytes) : <span class="muted">elsewhere</span>}</td>
    <td>
      <span class="muted" title={instant(version.created_at)}>
        {ago(version.created_at, now.value)}
      </span>
      {version.run_name && (
        <div class="small">
          <a class="link" href={linkTo({ page: 'run', project: version.ml_repo, run: version.run_name })}>
            <Name text={version.run_name} />
          </a>
        </div>
      )}
    </td>
  </tr>
);

const Compared = ({ versions }: { versions: readonly ModelVersionAnswer[] }) => (
  <Compare
    title="Versions compared"
    columns={versions.map((version) => ({ key: version.fqn, title: `v${version.version}` }))}
    groups={[
      { title: 'Metrics', values: versions.map((version) => version.metrics) },
      { title: 'Metadata', values: versions.map((version) => texts(version.metadata)) },
      {
        title: 'About',
        values: versions.map((version) => ({
          schema: schemaText(version.model_schema),
          framework: version.framework ?? '–',
          run: version.run_name ?? '–',
          created: date(version.created_at),
        })),
      },
    ]}
  />
);

const texts = (values: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));

function schemaText(schema: Record<string, unknown> | null): string {
  if (schema === null) return 'none';
  const features = Array.isArray(schema.features) ? schema.features.length : 0;
  return `${features} features${typeof schema.prediction === 'string' ? `, ${schema.prediction}` : ''}`;
}
