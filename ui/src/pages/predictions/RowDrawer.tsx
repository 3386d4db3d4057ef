import { row as address } from '../../api/endpoints';
import type { RowAnswer, RowDetailAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Copy } from '../../components/Copy';
import { Drawer } from '../../components/Drawer';
import { Icon } from '../../components/icons';
import { Name } from '../../components/Name';
import { Empty, Skeleton, Trouble } from '../../components/states';
import { instant, percent } from '../../format';
import { setQuery } from '../../state';
import { visible, visibleCode } from '../../visible';
import { Fates } from './Fates';
import { Features } from './Features';
import { Shap } from './Shap';
import { Actual, delayText, label, Value } from './values';

interface RowDrawerProps {
  version: VersionAnswer;
  dataId: string;
  /** The rows of the list behind, for going to the next one. */
  ids: readonly string[];
}

/** Everything about one row. */
export function RowDrawer({ version, dataId, ids }: RowDrawerProps) {
  const asked = useAnswer(address(version.registered.fqn, dataId));
  const found = asked.data?.data_id === dataId ? asked.data : null;
  const at = ids.indexOf(dataId);
  const step = (to: string | undefined, name: string, icon: 'left' | 'right') => (
    <button type="button" class="icon-button" aria-label={name} title={name} disabled={to === undefined} onClick={() => to !== undefined && setQuery({ row: to }, { replace: true })}>
      <Icon name={icon} />
    </button>
  );
  return (
    <Drawer
      label={`Row ${visible(dataId).slice(0, 80)}`}
      onClose={() => setQuery({ row: '' })}
      head={
        <>
          <h2>
            <Name text={dataId} mono />
          </h2>
          <Copy bare text={dataId} label="data_id" />
          {at >= 0 && step(ids[at - 1], 'Newer row', 'left')}
          {at >= 0 && step(ids[at + 1], 'Older row', 'right')}
        </>
      }
    >
      {asked.error && !found && <Trouble problem={asked.error} />}
      {!found && !asked.error && <Skeleton height={360} />}
      {found && (found.row || found.fates.length > 0 ? <Detail detail={found} version={version} /> : <Unknown dataId={dataId} />)}
    </Drawer>
  );
}

const Unknown = ({ dataId }: { dataId: string }) => (
  <Empty title="Nothing of this data_id" icon="search">
    <p>
      Neither a prediction, nor an actual, nor a refused row of this version is called <Name text={dataId} mono />.
    </p>
  </Empty>
);

function Detail({ detail, version }: { detail: RowDetailAnswer; version: VersionAnswer }) {
  const { row } = detail;
  return (
    <>
      {row ? <Answered row={row} version={version} /> : <p class="no-row">There is no prediction of this data_id; below is what else is known.</p>}
      {row && Object.keys(row.shap_values).length > 0 && <Shap row={row} />}
      {row && <Features detail={detail} row={row} />}
      <Fates fates={detail.fates} />
      {row && (
        <section>
          <div class="section-title">
            <h3>Raw JSON</h3>
            <div class="grow" />
            <Copy bare text={JSON.stringify(row, null, 2)} label="the row as JSON" />
          </div>
          <pre class="raw" tabIndex={0} role="region" aria-label="Raw JSON">
            {visibleCode(JSON.stringify(row, null, 2))}
          </pre>
        </section>
      )}
    </>
  );
}

function Answered({ row, version }: { row: RowAnswer; version: VersionAnswer }) {
  const probabilities = Object.entries(row.probabilities).sort(([, one], [, other]) => other - one);
  return (
    <section aria-label="Prediction and actual">
      <dl class="pair">
        <div>
          <dt>Prediction</dt>
          <dd class="big num">
            <Value value={row.value} />
          </dd>
          <dd class="muted small num">{instant(row.occurred_at)}</dd>
        </div>
        <div>
          <dt>Actual</dt>
          <dd class="big num">
            <Actual row={row} numeric={version.task === 'regression'} />
          </dd>
          <dd class="muted small num">{row.actual_occurred_at ? `known ${delayText(row)} later` : 'it is joined when it arrives'}</dd>
        </div>
      </dl>
      {probabilities.length > 0 && (
        <>
          <h3 class="sub">Probabilities</h3>
          <ul class="bars">
            {probabilities.map(([name, share]) => (
              <li key={name}>
                <span class="name-cell">
                  {name === label(row.value) ? (
                    <b>
                      <Name text={name} />
                    </b>
                  ) : (
                    <Name text={name} />
                  )}
                </span>
                <span class="bar-track">
                  <i style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
                </span>
                <span class="right num">{percent(share)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
