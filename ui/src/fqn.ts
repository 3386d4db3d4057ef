export interface Name {
  tenant: string;
  project: string;
  model: string;
  version: string;
}

export const fqnOf = (tenant: string, project: string, model: string, version: string | number): string =>
  `model:${tenant}/${project}/${model}:${version}`;

/** The parts of `model:{tenant}/{ml_repo}/{name}:{version}`, or null when the text is none. */
export function readFqn(fqn: string): Name | null {
  const found = /^model:([^/]+)\/(?:[^/]+\/)?([^/]+)\/([^/:]+):([1-9]\d*|latest)$/.exec(fqn);
  if (!found) return null;
  const [, tenant = '', project = '', model = '', version = ''] = found;
  return { tenant, project, model, version };
}
