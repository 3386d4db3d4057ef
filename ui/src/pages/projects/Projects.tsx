import { projects } from '../../api/endpoints';
import { useAnswer } from '../../api/useAnswer';
import { Head } from '../../components/Head';
import { Name } from '../../components/Name';
import { Empty, Loaded } from '../../components/states';
import { date, int } from '../../format';
import { linkTo } from '../../state';

const count = (n: number, word: string): string => `${int(n)} ${word}${n === 1 ? '' : 's'}`;

/** Experiment tracking starts here: all projects (ML repos). */
export function Projects() {
  const asked = useAnswer(projects());
  return (
    <>
      <Head title="Projects" crumbs={[{ label: 'Experiment tracking' }]} />
      <main class="page" id="main" tabIndex={-1}>
        <Loaded asked={asked} height={140}>
          {(found) =>
            found.length === 0 ? (
              <section class="card">
                <Empty title="No project yet" icon="flask">
                  <p>
                    Make one in a program: <code>client.create_ml_repo("flights")</code>
                  </p>
                </Empty>
              </section>
            ) : (
              <ul class="cards">
                {found.map((project) => (
                  <li key={project.name}>
                    <a class="card card-link" href={linkTo({ page: 'project', project: project.name, part: 'models' })}>
                      <h2>
                        <Name text={project.name} />
                      </h2>
                      <p class="muted">{project.description ? <Name text={project.description} /> : `Made ${date(project.created_at)}`}</p>
                      <span class="tags">
                        <span class="chip">{count(project.n_models, 'model')}</span>
                        <span class="chip">{count(project.n_runs, 'run')}</span>
                      </span>
                    </a>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </main>
    </>
  );
}
