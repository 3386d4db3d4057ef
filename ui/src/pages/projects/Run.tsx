import { run } from '../../api/endpoints';
import type { RunAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Fqn } from '../../components/Copy';
import { Head } from '../../components/Head';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { Loaded } from '../../components/states';
import { exact, instant } from '../../format';
import { linkTo } from '../../state';
import { took } from './RunTable';

/** One run: what it was given and what came out. */
export function Run({ project, name }: { project: string; name: string }) {
  const asked = useAnswer(run(project, name));
  return (
    <>
      <Head
        title={name}
        crumbs={[{ label: 'Projects', href: linkTo({ page: 'projects' }) }, { label: project, href: linkTo({ page: 'project', project, part: 'runs' }) }, { label: name }]}
        beside={
          asked.data && (
            <>
              <Status status={asked.data.status} />
              <Fqn fqn={asked.data.fqn} label="run FQN" />
            </>
          )
        }
      />
      <main class="page" id="main" tabIndex={-1}>
        <Loaded asked={asked} height={300}>
          {(found) => <About run={found} />}
        </Loaded>
      </main>
    </>
  );
}

const About = ({ run }: { run: RunAnswer }) => (
  <>
    <section class="card" aria-label="About this run">
      <dl class="facts wide">
        <Fact label="Started" value={instant(run.started_at)} />
        <Fact label="Ended" value={run.ended_at ? instant(run.ended_at) : '–'} />
        <Fact label="Took" value={took(run)} />
        <Fact label="By" value={run.created_by} />
      </dl>
    </section>
    <div class="cards">
      <Pairs title="Metrics" values={Object.entries(run.metrics).map(([key, value]) => [key, exact(value)])} />
      <Pairs title="Parameters" values={Object.entries(run.params)} />
      <Pairs title="Tags" values={Object.entries(run.tags)} />
    </div>
  </>
);

const Fact = ({ label, value }: { label: string; value: string }) => (
  <div>
    <dt>{label}</dt>
    <dd class="num">
      <Name text={value} />
    </dd>
  </div>
);

const Pairs = ({ title, values }: { title: string; values: readonly (readonly [string, string])[] }) => (
  <section class="card" aria-label={title}>
    <div class="card-head">
      <h2>{title}</h2>
      <span class="muted">{values.length}</span>
    </div>
    {values.length === 0 ? (
      <p class="muted">None were logged.</p>
    ) : (
      <table class="stats">
        <tbody>
          {values.map(([key, value]) => (
            <tr key={key}>
              <th scope="row">
                <Name text={key} mono />
              </th>
              <td class="right num">
                <Name text={value} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </section>
);
