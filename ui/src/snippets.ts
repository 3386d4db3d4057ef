/** The programs shown on the waiting page and under "Send data", with the version's own names filled in. */

interface Feature {
  name: string;
  type: string;
}

export interface Example {
  fqn: string;
  features: readonly Feature[];
  categorical: boolean;
  /** Where the server is. */
  host: string;
}

const SHOWN_FEATURES = 3;
const DEFAULT_HOST = 'http://127.0.0.1:8000';
const STAND_INS: readonly Feature[] = [
  { name: 'feature1', type: 'float' },
  { name: 'feature2', type: 'string' },
];

const isFeature = (value: unknown): value is Feature =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'type' in value && typeof value.type === 'string';

/** What a schema says about the rows to send; without one, stand-ins. */
export function exampleOf(fqn: string, schema: Record<string, unknown> | null, host: string): Example {
  const listed = Array.isArray(schema?.features) ? schema.features.filter(isFeature) : [];
  const categorical = schema === null || schema.prediction === 'categorical';
  return { fqn, host, categorical, features: listed.length > 0 ? listed.slice(0, SHOWN_FEATURES) : STAND_INS };
}

function valueOf(type: string, yes: string): string {
  if (type === 'float') return '3.33';
  if (type === 'int') return '3';
  if (type === 'boolean') return yes;
  return type === 'timestamp' ? '"2026-01-31T08:00:00Z"' : '"class1"';
}

const fields = (features: readonly Feature[], yes: string): string =>
  features.map((feature) => `${JSON.stringify(feature.name)}: ${valueOf(feature.type, yes)}`).join(', ');

const CLASSES = ['pred_class1', 'pred_class2'] as const;

function predictionData({ categorical, features }: Example): string[] {
  const shap = features.map(({ name }, index) => `${JSON.stringify(name)}: ${index === 0 ? '0.23' : '0.77'}`).join(', ');
  if (!categorical) return ['"value": 12.5,', `"shap_values": {${shap}},`];
  return [`"value": "${CLASSES[0]}",`, `"probabilities": {"${CLASSES[0]}": 0.8, "${CLASSES[1]}": 0.2},`, `"shap_values": {${shap}},`];
}

const client = ({ host }: Example): string => (host === DEFAULT_HOST ? 'mlf.get_client()' : `mlf.get_client(host=${JSON.stringify(host)})`);

export const installProgram = (): string => 'pip install mlfoundry';

export function predictionProgram(example: Example): string {
  return [
    'import uuid',
    'from datetime import datetime, timezone',
    '',
    'import mlfoundry as mlf',
    '',
    `client = ${client(example)}`,
    'data_id = uuid.uuid4().hex',
    'client.log_predictions(',
    `    model_version_fqn="${example.fqn}",`,
    '    predictions=[',
    '        mlf.Prediction(',
    '            data_id=data_id,',
    `            features={${fields(example.features, 'True')}},`,
    '            prediction_data={',
    ...predictionData(example).map((line) => `                ${line}`),
    '            },',
    '            occurred_at=datetime.now(timezone.utc),',
    '        )',
    '    ],',
    ')',
    'client.flush()',
  ].join('\n');
}

export function actualProgram({ fqn, categorical }: Example): string {
  return [
    'client.log_actuals(',
    `    model_version_fqn="${fqn}",`,
    `    actuals=[mlf.Actual(data_id=data_id, value=${categorical ? `"${CLASSES[1]}"` : '14.0'})],`,
    ')',
    'client.flush()',
  ].join('\n');
}

export function registerProgram(example: Example): string {
  return [
    'import mlfoundry as mlf',
    '',
    `client = ${client(example)}`,
    'client.create_ml_repo("flights")',
    'version = client.create_model_version(ml_repo="flights", name="late")',
    'print(version.fqn)  # model:default/flights/late:1',
  ].join('\n');
}

const pretty = (body: unknown): string => JSON.stringify(body, null, 2);

/** `path` is `predictions` or `actuals`. */
export function curlProgram(example: Example, path: 'predictions' | 'actuals'): string {
  const value = example.categorical ? CLASSES[0] : 12.5;
  const features: unknown = JSON.parse(`{${fields(example.features, 'true')}}`);
  const row = path === 'predictions' ? { data_id: 'row-1', features, prediction_data: { value } } : { data_id: 'row-1', value };
  const body = pretty({ batch_id: 'BATCH', model_version_fqn: example.fqn, rows: [row] });
  return [
    `curl ${example.host}/api/v1/${path} \\`,
    "  -H 'content-type: application/json' \\",
    `  -d '${body.replaceAll("'", "'\\''").replace('BATCH', "'$(uuidgen)'")}'`,
  ].join('\n');
}
