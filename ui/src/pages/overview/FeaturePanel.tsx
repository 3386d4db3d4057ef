import * as api from '../../api/endpoints';
import type { ColumnAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { CategoryBars } from '../../charts/CategoryBars';
import { ChartCard } from '../../charts/ChartCard';
import { Histogram } from '../../charts/Histogram';
import { plainName } from '../../charts/labels';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { Empty, Skeleton, Trouble } from '../../components/states';
import { int, percent } from '../../format';
import { referenceText } from '../../references';
import { query } from '../../state';
import { columnTable, figureText } from './columnTable';
import { titleOf, type Catalogue } from './metrics';
import { about, scopeOf } from './page';
import { StatisticSeries } from './StatisticSeries';
import { reasons, statisticText } from './why';

interface FeaturePanelProps {
  version: VersionAnswer;
  column: string;
  catalogue: Catalogue;
}

/** The chosen column: its two distributions, the statistic over time, and why it has its status. */
export function FeaturePanel({ version, column, catalogue }: FeaturePanelProps) {
  const asked = useAnswer<ColumnAnswer>(api.column(scopeOf(version), column, query.value.statistic));
  const answer = asked.data;
  if (!answer) {
    return (
      <section class="card panel-card" aria-label="Column" aria-busy={asked.busy} data-testid="column">
        {asked.error ? <Trouble problem={asked.error} /> : <Skeleton height={420} />}
      </section>
    );
  }
  const old = asked.busy || answer.verdict.column !== column;
  return (
    <div class={old ? 'panel-card busy' : 'panel-card'} aria-busy={asked.busy} data-column={answer.verdict.column}>
      {asked.error && <Trouble problem={asked.error} />}
      <Panel version={version} answer={answer} catalogue={catalogue} />
    </div>
  );
}

function Panel({ version, answer, catalogue }: { version: VersionAnswer; answer: ColumnAnswer; catalogue: Catalogue }) {
  const { verdict } = answer;
  const title = titleOf(verdict.statistic, catalogue);
  const more = verdict.value === null ? undefined : `${title} ${statisticText(verdict.value)}`;
  return (
    <ChartCard
      title={<Name text={verdict.column} mono />}
      name={plainName(verdict.column, 60)}
      about={about(version, answer.window, verdict.reference)}
      controls={<Status status={verdict.status} more={more} />}
      table={() => columnTable(answer)}
      testId="column"
      foot={
        <>
          <Why answer={answer} title={title} />
          <Figures answer={answer} />
        </>
      }
    >
      <Legend answer={answer} title={title} />
      <Shares answer={answer} title={title} />
      <StatisticSeries answer={answer} title={title} />
    </ChartCard>
  );
}

function Legend({ answer: { verdict, bins }, title }: { answer: ColumnAnswer; title: string }) {
  return (
    <div class="sub-head tight legend">
      <span>
        <i class="swatch current" />
        Current, {int(verdict.n)}
      </span>
      {verdict.reference && (
        <span>
          <i class={verdict.kind === 'numeric' ? 'swatch reference' : 'swatch tick'} />
          Reference {plainName(referenceText(verdict.reference), 40)}, {int(verdict.n_reference)}
        </span>
      )}
      {bins.some((bin) => bin.contribution !== null) && (
        <span>
          <i class="swatch contribution" />
          Share of {title}
        </span>
      )}
    </div>
  );
}

function Shares({ answer, title }: { answer: ColumnAnswer; title: string }) {
  const { verdict, distribution, bins } = answer;
  const name = `${plainName(verdict.column, 60)}: share of rows, current against reference`;
  if (distribution && distribution.edges.length > 1) {
    const unit = answer.unit ? ` in ${plainName(answer.unit, 20)}` : '';
    return <Histogram id="distribution" title={name + unit} distribution={distribution} bins={bins} statistic={title} />;
  }
  if (bins.length === 0) return <Empty title="no rows in this window" />;
  return <CategoryBars key={verdict.column} id="distribution" title={name} bins={bins} hasReference={verdict.reference !== null} statistic={title} />;
}

function Why({ answer, title }: { answer: ColumnAnswer; title: string }) {
  return (
    <dl class="why" aria-label="Why it has this status" data-testid="why">
      {reasons(answer.verdict, title).map(({ point, text }) => (
        <div key={point}>
          <dt>{point}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Figures({ answer }: { answer: ColumnAnswer }) {
  const { missing_share: now, missing_share_reference: before } = answer.verdict;
  const listed = answer.figures.some((figure) => figure.name.toLowerCase().startsWith('missing'));
  const missing = now === null || listed ? [] : [{ name: 'Missing', reference: before === null ? null : percent(before), current: percent(now) }];
  return (
    <table class="column-figures">
      <caption class="sr">Figures of both windows</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="sr">Figure</span>
            {answer.unit && <span class="muted">in {plainName(answer.unit, 20)}</span>}
          </th>
          <th scope="col" class="right">
            Reference
          </th>
          <th scope="col" class="right">
            Current
          </th>
        </tr>
      </thead>
      <tbody>
        {[...answer.figures, ...missing].map((figure) => (
          <tr key={figure.name}>
            <th scope="row">{figure.name}</th>
            <td class="right num">{figureText(figure.name, figure.reference)}</td>
            <td class={figure.reference !== null && figureText(figure.name, figure.reference) !== figureText(figure.name, figure.current) ? 'right num strong' : 'right num'}>
              {figureText(figure.name, figure.current)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
