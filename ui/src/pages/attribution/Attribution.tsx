import * as api from '../../api/endpoints';
import type { AttributionAnswer, DriftAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Icon } from '../../components/icons';
import { Name } from '../../components/Name';
import { Empty } from '../../components/states';
import { referenceText } from '../../references';
import { query, setQuery } from '../../state';
import { byName, scopeOf } from '../overview/page';
import { Foot } from '../version/Foot';
import { Framed } from '../version/Framed';
import { Features } from './Features';
import { Strip } from './Strip';

/** What each feature decides, beside the reference, and which of those that decide much have drifted. */
export function Attribution({ version }: { version: VersionAnswer }) {
  const scope = scopeOf(version);
  const asked = useAnswer<AttributionAnswer>(api.attribution(scope));
  const drift = useAnswer<DriftAnswer>(api.drift(scope, query.value.statistic));
  const catalogue = byName(useAnswer(api.catalogue(version.registered.fqn)).data);
  return (
    <Framed version={version} asked={asked} testId="attribution">
      {(answer) =>
        answer.features.length === 0 ? (
          <NoShap filtered={answer.slice !== null} />
        ) : (
          <>
            <Strip answer={answer} drift={drift.data} />
            <Against answer={answer} />
            <Features version={version} answer={answer} drift={drift.data} catalogue={catalogue} />
            <Foot window={answer.window} stepS={answer.step_s} />
          </>
        )
      }
    </Framed>
  );
}

const NoShap = ({ filtered }: { filtered: boolean }) => (
  <section class="card">
    <Empty title="no SHAP values were logged" icon="layers">
      <p>
        {filtered ? 'No row that the filter picks carries one. ' : 'No row of this range carries one. '}
        Log <code>shap_values</code> with each prediction: this page then shows what each feature decides, and which of those that decide much have drifted.
      </p>
    </Empty>
  </section>
);

/** Why nothing stands beside the values, and what to do about it. */
function Against({ answer: { reference, features } }: { answer: AttributionAnswer }) {
  if (features.some(({ total }) => total.n_reference > 0)) return null;
  return (
    <p class="slice-note against" data-testid="no-shap-reference">
      <Icon name="info" size={13} />
      {reference ? (
        <span>
          Reference <Name text={referenceText(reference.name)} /> has no SHAP values, so nothing stands beside these. Upload one with <code>shap_values=</code>, or
        </span>
      ) : (
        <span>
          There is no reference yet, so nothing stands beside these. Upload one with <code>shap_values=</code>, or
        </span>
      )}
      <button type="button" class="link" data-testid="trailing" onClick={() => setQuery({ reference: 'trailing:7d' })}>
        compare with the 7 days before
      </button>
    </p>
  );
}
