import * as api from '../../api/endpoints';
import type { ConfusionAnswer, PerformanceAnswer, ResidualsAnswer, VersionAnswer, VolumeAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { ChartCard } from '../../charts/ChartCard';
import { ConfusionMatrix } from '../../charts/ConfusionMatrix';
import { plainName } from '../../charts/labels';
import { ResidualHistogram } from '../../charts/ResidualHistogram';
import type { DataTable } from '../../charts/table';
import { Empty, Loaded } from '../../components/states';
import { compact, number } from '../../format';
import { Rate } from './Rate';
import { compare, titleOf, valueOf, type Catalogue } from './metrics';
import { about, scopeOf } from './page';
import { residualTable } from './residuals';

interface OutcomesProps {
  version: VersionAnswer;
  performance: PerformanceAnswer;
  volume: VolumeAnswer;
  metric: string | null;
  catalogue: Catalogue;
}

/** What was predicted against what happened, and how often each is predicted. */
export function Outcomes(props: OutcomesProps) {
  return props.performance.task === 'regression' ? <Residuals {...props} /> : <Confusion {...props} />;
}

function Confusion(props: OutcomesProps) {
  const { version, performance } = props;
  const asked = useAnswer<ConfusionAnswer>(api.confusion(scopeOf(version)));
  const foot = (
    <>
      <Figures {...props} />
      <Rate version={version} volume={props.volume} performance={performance} />
    </>
  );
  return (
    <ChartCard
      title="Confusion matrix"
      name="Confusion matrix"
      about={about(version, performance.window)}
      testId="confusion"
      aside={asked.data && asked.data.n > 0 && <span class="muted" title="rows with actuals">{compact(asked.data.n)} rows</span>}
      table={() => confusionTable(asked.data)}
      foot={foot}
    >
      <Loaded asked={asked} height={180}>
        {(confusion) => (confusion.n > 0 && confusion.classes.length > 0 ? <ConfusionMatrix confusion={confusion} /> : <Empty title="no actuals yet" />)}
      </Loaded>
    </ChartCard>
  );
}

function confusionTable(confusion: ConfusionAnswer | null): DataTable {
  const classes = confusion?.classes ?? [];
  const rows = classes.map((actual, index) => [plainName(actual), ...(confusion?.counts[index] ?? [])]);
  return { caption: 'Rows by actual and predicted class', columns: ['Actual \\ predicted', ...classes.map((name) => plainName(name))], rows };
}

function Residuals({ version, performance, volume }: OutcomesProps) {
  const asked = useAnswer<ResidualsAnswer>(api.residuals(scopeOf(version)));
  const hasReference = asked.data?.reference_shares != null;
  return (
    <ChartCard
      title="Residuals"
      name="Residuals"
      about={about(version, performance.window, performance.reference?.name)}
      testId="residuals"
      aside={asked.data && asked.data.n > 0 && <span class="muted" title="rows with actuals">{compact(asked.data.n)} rows</span>}
      table={() => residualTable(asked.data)}
      foot={<Rate version={version} volume={volume} performance={performance} />}
    >
      <div class="sub-head tight">
        Prediction less actual
        <span>
          <i class="swatch current" />
          Current
        </span>
        {hasReference && (
          <span>
            <i class="swatch reference" />
            Reference
          </span>
        )}
      </div>
      <Loaded asked={asked} height={200}>
        {(residuals) =>
          residuals.n > 0 ? (
            <>
              <ResidualHistogram residuals={residuals} />
              <dl class="small-figures">
                <Figure label="Mean" value={residuals.mean} />
                <Figure label="Median" value={residuals.median} />
                <Figure label="p5 – p95" value={residuals.p05} to={residuals.p95} />
              </dl>
            </>
          ) : (
            <Empty title="no actuals yet" />
          )
        }
      </Loaded>
    </ChartCard>
  );
}

function Figure({ label, value, to }: { label: string; value: number | null; to?: number | null }) {
  const text = value === null ? '–' : to == null ? number(value) : `${number(value)} – ${number(to)}`;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** Three other metrics, with their difference to the reference. */
function Figures({ performance, metric, catalogue }: OutcomesProps) {
  const others = performance.total.filter((one) => one.metric !== metric && one.value !== null);
  const wanted = ['precision', 'recall', 'roc_auc', 'accuracy', 'f1', 'log_loss'];
  const rank = (name: string): number => (wanted.indexOf(name) + 1 || wanted.length + 1);
  const shown = others.sort((one, other) => rank(one.metric) - rank(other.metric)).slice(0, 3);
  if (shown.length === 0) return null;
  return (
    <dl class="small-figures">
      {shown.map((value) => {
        const difference = compare(value, valueOf(performance.reference_values, value.metric), catalogue.get(value.metric)?.better);
        return (
          <div key={value.metric} title={`${compact(value.n)} rows with actuals`}>
            <dt>{titleOf(value.metric, catalogue)}</dt>
            <dd>
              {number(value.value ?? 0)}
              {difference && <span class={difference.worse ? 'worse' : 'muted'}>{difference.text}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
