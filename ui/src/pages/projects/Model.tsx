import { modelVersions } from '../../api/endpoints';
import { useAnswer } from '../../api/useAnswer';
import { Fqn } from '../../components/Copy';
import { Head } from '../../components/Head';
import { Empty, Loaded } from '../../components/states';
import { linkTo } from '../../state';
import { VersionTable } from './VersionTable';

interface ModelProps {
  tenant: string;
  project: string;
  model: string;
}

/** A model: its versions, each with the name to log under. */
export function Model({ tenant, project, model }: ModelProps) {
  const modelFqn = `model:${tenant}/${project}/${model}`;
  return (
    <>
      <Head
        title={model}
        crumbs={[{ label: 'Projects', href: linkTo({ page: 'projects' }) }, { label: project, href: linkTo({ page: 'project', project, part: 'models' }) }, { label: model }]}
        beside={<Fqn fqn={modelFqn} label="model FQN" />}
      />
      <main class="page" id="main" tabIndex={-1}>
        <Loaded asked={useAnswer(modelVersions(modelFqn))} height={240}>
          {(versions) =>
            versions.length === 0 ? (
              <section class="card">
                <Empty title="No version of this model" icon="box" />
              </section>
            ) : (
              <VersionTable tenant={tenant} modelFqn={modelFqn} versions={versions} />
            )
          }
        </Loaded>
      </main>
    </>
  );
}
