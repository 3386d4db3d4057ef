import type { VersionAnswer } from '../../api/types';

const MOST_NAMES = 6;

/** The program that uploads a reference for a version to the server at `host`, with its own names filled in. */
export function referenceSnippet(version: VersionAnswer, host: string): string {
  const names = version.columns.filter((column) => column.role === 'feature').map((column) => column.name);
  const listed = names.length > 0 && names.length <= MOST_NAMES ? `[${names.map(quoted).join(', ')}]` : 'features';
  const chosen = listed === 'features' ? ['features = [...]  # the columns of `table` that the model was given'] : [];
  return [
    'import mlfoundry as mlf',
    '',
    ...chosen,
    `client = mlf.get_client(host=${quoted(host)})`,
    'client.log_reference(',
    `    ${quoted(version.registered.fqn)},`,
    '    table,  # pandas, polars or pyarrow',
    '    name="training",',
    `    features=${listed},`,
    '    prediction="prediction",',
    '    actual="actual",',
    ')',
  ].join('\n');
}

const quoted = (text: string): string => JSON.stringify(text);
