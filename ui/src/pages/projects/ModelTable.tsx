import type { ModelAnswer } from '../../api/types';
import { Copy } from '../../components/Copy';
import { Name } from '../../components/Name';
import { ago, instant, int } from '../../format';
import { linkTo, now } from '../../state';

const tenantOf = (modelFqn: string): string => modelFqn.replace(/^model:/, '').split('/')[0] ?? '';

export const ModelTable = ({ models }: { models: readonly ModelAnswer[] }) => (
  <section class="card flush" aria-labelledby="models-title">
    <div class="card-head">
      <h2 id="models-title">Models</h2>
      <span class="muted">{int(models.length)}</span>
    </div>
    <div class="table-wrap" tabIndex={0} role="region" aria-label="Models, table">
      <table class="table" data-testid="models">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Model FQN</th>
            <th scope="col" class="right">
              Versions
            </th>
            <th scope="col" class="right">
              Changed
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={model.model_fqn}>
              <td>
                <a class="row-link" href={linkTo({ page: 'model', tenant: tenantOf(model.model_fqn), project: model.ml_repo, model: model.name })}>
                  <Name text={model.name} />
                </a>
              </td>
              <td>
                <span class="fqn-cell">
                  <code>{model.model_fqn}</code>
                  <Copy bare text={model.model_fqn} label={`FQN of model ${model.name}`} />
                </span>
              </td>
              <td class="right num">{int(model.n_versions)}</td>
              <td class="right muted" title={instant(model.updated_at)}>
                {ago(model.updated_at, now.value)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);
