import * as api from '../../api/endpoints';
import type { ResidualsAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { ChartCard } from '../../charts/ChartCard';
import { ResidualHistogram } from '../../charts/ResidualHistogram';
import { Empty, Loaded } from '../../components/states';
import { int, number } from '../../format';
import { referenceText } from '../../references';
import { residualTable } from '../overview/residuals';
import { about, scopeOf } from '../overview/page';

/** Where a regressor's errors lie: their distribution beside the reference's, and their quantiles. */
export function Residuals({ version }: { version: VersionAnswer }) {
  const asked = useAnswer<ResidualsAnswer>(api.residuals(scopeOf(version)));
  const answer = asked.data;
  return (
    <ChartCard
      title="Residuals"
      name="Residuals"
      about={answer ? about(version, answer.window, answer.reference?.name) : version.registered.fqn}
      testId="residuals"
      aside={answer && answer.n > 0 && <span class="muted">{int(answer.n)} rows with actuals</span>}
      table={() => residualTable(answer)}
    >
      <Loaded asked={asked} height={300}>
        {(residuals) => (residuals.n > 0 ? <Shown residuals={residuals} /> : <Empty title="no actuals yet" icon="clock" />)}
      </Loaded>
    </ChartCard>
  );
}

const Shown = ({ residuals }: { residuals: ResidualsAnswer }) => (
  <>
    <div class="sub-head tight legend">
      Prediction less actual
      <span>
        <i class="swatch current" />
        Current, {int(residuals.n)} rows
      </span>
      <span>
        <i class="swatch reference" />
        {residuals.reference_shares ? `Reference ${referenceText(residuals.reference?.name ?? '')}` : 'no reference with actuals'}
      </span>
    </div>
    <ResidualHistogram residuals={residuals} height={290} />
    <dl class="small-figures four">
      {(
        [
          ['p5', residuals.p05],
          ['Median', residuals.median],
          ['Mean', residuals.mean],
          ['p95', residuals.p95],
        ] as const
      ).map(([label, value]) => (
        <div key={label} title={`of ${int(residuals.n)} rows`}>
          <dt>{label}</dt>
          <dd>{value === null ? '–' : number(value)}</dd>
        </div>
      ))}
    </dl>
  </>
);
