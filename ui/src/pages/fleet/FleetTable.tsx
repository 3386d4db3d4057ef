import { catalogue } from '../../api/endpoints';
import type { FleetVersion } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Name } from '../../components/Name';
import { SortHead, sorting, type Sorting } from '../../components/SortHead';
import { Status } from '../../components/Status';
import { ToneMark } from '../../components/icons';
import { ago, binText, compact, instant, int, number, percent, signed } from '../../format';
import { readFqn } from '../../fqn';
import { sortedBy, worstFirst } from '../../order';
import { linkTo, now } from '../../state';
import { WORDS } from '../../statuses';
import { VolumeBars } from './VolumeBars';

const STANDARD: Sorting = { sort: 'status', dir: 'desc' };

const FIGURES: Record<string, (version: FleetVersion) => number | string | null> = {
  version: (version) => version.fqn,
  predictions: (version) => version.predictions,
  coverage: (version) => version.coverage,
  drifted: (version) => version.drifted * 1000 + version.watch,
  last: (version) => version.last_at,
};

export function FleetTable({ versions, stepS }: { versions: readonly FleetVersion[]; stepS: number }) {
  const { sort, dir } = sorting(STANDARD);
  const figure = FIGURES[sort];
  const worst = [...versions].sort(worstFirst);
  const rows = figure ? sortedBy(worst, figure, dir) : dir === 'asc' ? worst.reverse() : worst;
  const most = Math.max(1, ...versions.flatMap((version) => version.volume));
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label="Model versions, table">
      <table class="table tall" data-testid="fleet">
        <caption class="sr">Model versions, worst first unless sorted otherwise</caption>
        <thead>
          <tr>
            <SortHead column="version" label="Version" standard={STANDARD} first="asc" />
            <SortHead column="status" label="Status" standard={STANDARD} />
            <th scope="col">Volume per {binText(stepS)}</th>
            <SortHead column="predictions" label="Predictions" standard={STANDARD} right />
            <SortHead column="coverage" label="With actual" standard={STANDARD} right first="asc" />
            <th scope="col">Key metric</th>
            <SortHead column="drifted" label="Drifted columns" standard={STANDARD} />
            <SortHead column="last" label="Last data" standard={STANDARD} right />
          </tr>
        </thead>
        <tbody>
          {rows.map((version) => (
            <Row key={version.fqn} version={version} most={most} />
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={8} class="none">
                No version of this name.
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function Row({ version, most }: { version: FleetVersion; most: number }) {
  const name = readFqn(version.fqn);
  if (!name) return null;
  const href = linkTo({ page: 'version', tab: 'overview', tenant: name.tenant, project: name.project, model: name.model, version: version.version, fqn: version.fqn });
  return (
    <tr data-fqn={version.fqn}>
      <td>
        <a class="row-link" href={href}>
          <Name text={version.model} /> <span class="num">v{version.version}</span>
        </a>
        <div class="muted small">
          <Name text={version.ml_repo} />
        </div>
      </td>
      <td>
        <Status status={version.status} />
      </td>
      <td>{version.predictions > 0 ? <VolumeBars volume={version.volume} most={most} /> : <span class="muted">–</span>}</td>
      <td class="right num" title={`${int(version.predictions)} predictions`}>
        {compact(version.predictions)}
      </td>
      <td class="right num">{version.coverage === null || version.with_actual === 0 ? <span class="muted">no actuals yet</span> : percent(version.coverage)}</td>
      <td>
        <KeyMetric version={version} />
      </td>
      <td>
        <Drifted version={version} />
      </td>
      <td class="right muted num" title={version.last_at ? instant(version.last_at) : undefined}>
        {version.last_at ? ago(version.last_at, now.value) : '–'}
      </td>
    </tr>
  );
}

function KeyMetric({ version: { metric, metric_reference: reference } }: { version: FleetVersion }) {
  const entries = useAnswer(catalogue()).data?.entries;
  if (!metric) return <span class="muted">–</span>;
  const title = entries?.find((entry) => entry.name === metric.metric)?.title ?? metric.metric;
  if (metric.value === null)
    return (
      <span class="muted" title={metric.reason ?? undefined}>
        {title}: {WORDS[metric.status]}
      </span>
    );
  return (
    <span class="key-metric num" title={`n = ${int(metric.n)}${metric.reason ? `; ${metric.reason}` : ''}`}>
      <span class="muted">{title}</span> <b>{number(metric.value)}</b>
      {reference !== null && <span class={metric.status === 'breached' ? 'worse' : 'muted'}> {signed(metric.value - reference)} vs reference</span>}
      {metric.status === 'immature' && <span class="muted"> · immature</span>}
    </span>
  );
}

function Drifted({ version }: { version: FleetVersion }) {
  if (version.columns === 0) return <span class="muted">–</span>;
  if (version.status === 'no_reference') return <span class="muted">no reference</span>;
  return (
    <span class="tally num">
      {version.drifted > 0 && <ToneMark tone="drifted" />}
      {int(version.drifted)} of {int(version.columns)}
      {version.watch > 0 && (
        <span class="muted">
          <ToneMark tone="watch" /> {int(version.watch)} watch
        </span>
      )}
    </span>
  );
}
