/** What the tables of the pages say as files: the same figures, unrounded. */
import type { FleetVersion, ModelVersionAnswer, RowAnswer, RunAnswer } from '../api/types';
import type { Cell, DataTable } from '../charts/table';

const keysOf = <Row>(rows: readonly Row[], read: (row: Row) => Record<string, unknown>): string[] => [...new Set(rows.flatMap((row) => Object.keys(read(row))))];

/** A value of any type as a cell; what has parts is written as JSON. */
export function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : JSON.stringify(value);
}

export function fleetTable(versions: readonly FleetVersion[]): DataTable {
  return {
    caption: 'Model versions',
    columns: ['model_version_fqn', 'status', 'predictions', 'with_actual', 'coverage', 'metric', 'value', 'reference_value', 'n', 'columns_drifted', 'columns_watch', 'columns', 'last_at_utc'],
    rows: versions.map((version) => [
      version.fqn,
      version.status,
      version.predictions,
      version.with_actual,
      version.coverage,
      version.metric?.metric ?? null,
      version.metric?.value ?? null,
      version.metric_reference,
      version.metric?.n ?? null,
      version.drifted,
      version.watch,
      version.columns,
      version.last_at,
    ]),
  };
}

export function rowsTable(fqn: string, rows: readonly RowAnswer[]): DataTable {
  const [features, classes] = [keysOf(rows, (row) => row.features), keysOf(rows, (row) => row.probabilities)];
  return {
    caption: `Predictions of ${fqn}`,
    columns: ['occurred_at_utc', 'data_id', 'prediction', 'actual', 'actual_occurred_at_utc', ...classes.map((name) => `probability ${name}`), ...features.map((name) => `feature ${name}`)],
    rows: rows.map((row) => [
      row.occurred_at,
      row.data_id,
      row.value,
      row.actual,
      row.actual_occurred_at,
      ...classes.map((name) => cell(row.probabilities[name])),
      ...features.map((name) => cell(row.features[name])),
    ]),
  };
}

export function runsTable(project: string, runs: readonly RunAnswer[]): DataTable {
  const [metrics, params] = [keysOf(runs, (run) => run.metrics), keysOf(runs, (run) => run.params)];
  return {
    caption: `Runs of ${project}`,
    columns: ['run', 'status', 'started_at_utc', 'ended_at_utc', ...metrics.map((name) => `metric ${name}`), ...params.map((name) => `parameter ${name}`)],
    rows: runs.map((run) => [run.run_name, run.status, run.started_at, run.ended_at, ...metrics.map((name) => cell(run.metrics[name])), ...params.map((name) => cell(run.params[name]))]),
  };
}

export function versionsTable(modelFqn: string, versions: readonly ModelVersionAnswer[]): DataTable {
  const metrics = keysOf(versions, (version) => version.metrics);
  return {
    caption: `Versions of ${modelFqn}`,
    columns: ['model_version_fqn', 'version', 'created_at_utc', 'framework', 'run', 'predictions', 'size_bytes', ...metrics],
    rows: versions.map((version) => [
      version.fqn,
      version.version,
      version.created_at,
      version.framework,
      version.run_name,
      version.n_predictions,
      version.size_bytes,
      ...metrics.map((name) => cell(version.metrics[name])),
    ]),
  };
}
