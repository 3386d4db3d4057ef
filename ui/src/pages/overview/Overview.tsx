import * as api from '../../api/endpoints';
import type { CatalogueAnswer, DriftAnswer, PerformanceAnswer, VersionAnswer, VolumeAnswer } from '../../api/types';
import { useAnswer, type Asked } from '../../api/useAnswer';
import { Icon } from '../../components/icons';
import { Skeleton, Trouble } from '../../components/states';
import { query } from '../../state';
import { Foot } from '../version/Foot';
import { NothingHere } from '../version/NothingHere';
import { NoMatch, WrongFilter } from '../version/Unfiltered';
import { DriftTable } from './DriftTable';
import { readOrder, sortColumns } from './driftRows';
import { FeaturePanel } from './FeaturePanel';
import { keyMetric, shownOverTime } from './metrics';
import { NoReference } from './NoReference';
import { Numbers } from './Numbers';
import { Outcomes } from './Outcomes';
import { byName, scopeOf } from './page';
import { Performance } from './Performance';

/** One version at a glance: how much, how well, how different from its reference. */
export function Overview({ version }: { version: VersionAnswer }) {
  const scope = scopeOf(version);
  const catalogue = byName(useAnswer<CatalogueAnswer>(api.catalogue(version.registered.fqn)).data);
  const volume = useAnswer<VolumeAnswer>(api.volume(scope));
  const performance = useAnswer<PerformanceAnswer>(api.performance(scope, shownOverTime(version.task, query.value.metric)));
  const drift = useAnswer<DriftAnswer>(api.drift(scope, query.value.statistic));
  const metric = performance.data ? keyMetric(performance.data, query.value.metric) : null;
  const busy = volume.busy || performance.busy || drift.busy;
  const { where } = query.value;
  const wrong = where !== '' && volume.error?.status === 400; // the filter itself says what is wrong with it
  const trouble = volume.error ?? performance.error ?? drift.error;
  if (wrong) return <WrongFilter />;
  if (volume.data?.n_predictions === 0 && !volume.busy) return where ? <NoMatch /> : <NothingHere version={version} />;
  return (
    <div class={busy ? 'overview busy' : 'overview'} aria-busy={busy} data-testid="overview">
      {trouble && <Trouble problem={trouble} />}
      <Numbers volume={volume.data} performance={performance.data} drift={drift.data} metric={metric} catalogue={catalogue} />
      {performance.data && volume.data ? (
        <div class="overview-row outcome-row">
          <Performance version={version} performance={performance.data} volume={volume.data} metric={metric} catalogue={catalogue} />
          <Outcomes version={version} performance={performance.data} volume={volume.data} metric={metric} catalogue={catalogue} />
        </div>
      ) : (
        !trouble && <Skeleton height={520} />
      )}
      <Drift version={version} drift={drift} catalogue={catalogue} />
      {volume.data && <Foot window={volume.data.window} stepS={volume.data.step_s} />}
    </div>
  );
}

interface DriftProps {
  version: VersionAnswer;
  drift: Asked<DriftAnswer>;
  catalogue: ReturnType<typeof byName>;
}

function Drift({ version, drift, catalogue }: DriftProps) {
  const answer = drift.data;
  if (!answer) return drift.error ? null : <Skeleton height={480} />;
  const wanted = query.value.column;
  const known = answer.columns.some((column) => column.total.column === wanted);
  const first = sortColumns(answer.columns, readOrder('', ''))[0]?.total.column ?? null;
  const chosen = known ? wanted : first;
  return (
    <>
      {!answer.reference && <NoReference version={version} />}
      {answer.slice?.note && (
        <p class="slice-note" data-testid="slice-note">
          <Icon name="alert" size={13} />
          {answer.slice.note}
        </p>
      )}
      {answer.columns.length > 0 && (
        <div class="overview-row drift-row">
          <DriftTable version={version} drift={answer} chosen={chosen} catalogue={catalogue} />
          {chosen !== null && <FeaturePanel version={version} column={chosen} catalogue={catalogue} />}
        </div>
      )}
    </>
  );
}
