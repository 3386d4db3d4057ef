import { models, project, runs } from '../../api/endpoints';
import { useAnswer } from '../../api/useAnswer';
import { Head, Tabs } from '../../components/Head';
import { Empty, Loaded } from '../../components/states';
import { linkTo } from '../../state';
import { ModelTable } from './ModelTable';
import { RunTable } from './RunTable';

/** A project: its models, and its runs. */
export function Project({ name, part }: { name: string; part: 'models' | 'runs' }) {
  const about = useAnswer(project(name));
  const tab = (key: 'models' | 'runs', label: string, n: number | undefined) => ({
    key,
    label: n === undefined ? label : `${label} ${n}`,
    href: linkTo({ page: 'project', project: name, part: key }),
    here: part === key,
  });
  return (
    <>
      <Head title={name} crumbs={[{ label: 'Projects', href: linkTo({ page: 'projects' }) }, { label: name }]} beside={about.data?.description && <p class="muted">{about.data.description}</p>}>
        <Tabs label="Parts of this project" tabs={[tab('models', 'Models', about.data?.n_models), tab('runs', 'Runs', about.data?.n_runs)]} />
      </Head>
      <main class="page" id="main" tabIndex={-1}>
        {part === 'models' ? <Models name={name} /> : <Runs name={name} />}
      </main>
    </>
  );
}

function Models({ name }: { name: string }) {
  return (
    <Loaded asked={useAnswer(models(name))} height={200}>
      {(found) =>
        found.length === 0 ? (
          <section class="card">
            <Empty title="No model yet" icon="box">
              <p>
                Log one from a run with <code>run.log_model(…)</code>, or name one that lives elsewhere with <code>client.create_model_version(ml_repo="{name}", name="…")</code>.
              </p>
            </Empty>
          </section>
        ) : (
          <ModelTable models={found} />
        )
      }
    </Loaded>
  );
}

function Runs({ name }: { name: string }) {
  return (
    <Loaded asked={useAnswer(runs(name))} height={240}>
      {(found) =>
        found.length === 0 ? (
          <section class="card">
            <Empty title="No run yet" icon="flask">
              <p>
                Start one in a program: <code>client.create_run("{name}")</code>
              </p>
            </Empty>
          </section>
        ) : (
          <RunTable project={name} runs={found} />
        )
      }
    </Loaded>
  );
}
