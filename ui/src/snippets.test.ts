import { describe, expect, it } from 'vitest';
import { actualProgram, curlProgram, exampleOf, predictionProgram } from './snippets';

const FQN = 'model:default/flights/late:3';
const schema = { features: [{ name: 'dep_delay', type: 'float' }, { name: 'carrier', type: 'string' }], prediction: 'numeric' };

describe('programs to copy', () => {
  it('hold the version, its features and the server', () => {
    const program = predictionProgram(exampleOf(FQN, schema, 'http://10.0.0.1:9000'));
    expect(program).toContain(`model_version_fqn="${FQN}"`);
    expect(program).toContain('features={"dep_delay": 3.33, "carrier": "class1"}');
    expect(program).toContain('get_client(host="http://10.0.0.1:9000")');
    expect(program).not.toContain('probabilities');
  });
  it('leave the host out where it is the one the client takes anyway', () => {
    expect(predictionProgram(exampleOf(FQN, null, 'http://127.0.0.1:8000'))).toContain('mlf.get_client()');
  });
  it('name classes for a classifier', () => {
    expect(actualProgram(exampleOf(FQN, null, ''))).toContain('value="pred_class2"');
    expect(actualProgram(exampleOf(FQN, schema, ''))).toContain('value=14.0');
  });
  it('send a batch that is JSON', () => {
    const command = curlProgram(exampleOf(FQN, schema, 'http://127.0.0.1:8000'), 'predictions');
    const body: unknown = JSON.parse(command.slice(command.indexOf("'{") + 1, command.lastIndexOf("'")).replace("'$(uuidgen)'", 'id'));
    expect(body).toEqual({ batch_id: 'id', model_version_fqn: FQN, rows: [{ data_id: 'row-1', features: { dep_delay: 3.33, carrier: 'class1' }, prediction_data: { value: 12.5 } }] });
  });
});
