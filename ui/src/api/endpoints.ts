import { address, type Address } from './client';
import type * as Api from './types';

/** What every monitoring question is asked about. */
export interface Scope {
  fqn: string;
  start: string;
  end: string;
  /** Empty asks for the default reference. */
  reference?: string;
  /** The length of a window, such as `2h` or `1d`; empty lets the server choose. */
  granularity?: string;
  /** A filter; empty asks about all rows. */
  where?: string;
}

const about = ({ fqn, ...rest }: Scope) => ({ model_version_fqn: fqn, ...rest });
const path = encodeURIComponent;

export const fleet = (start: string, end: string, ml_repo?: string): Address<Api.FleetAnswer> =>
  address('/fleet', { start, end, ml_repo });
export const version = (fqn: string): Address<Api.VersionAnswer> => address('/version', { model_version_fqn: fqn });
/** With a version also the metrics of its own. */
export const catalogue = (fqn?: string): Address<Api.CatalogueAnswer> => address('/catalogue', { model_version_fqn: fqn });

/** With names only those metrics over time: each costs the server as much as all of them over the whole window. */
export const performance = (scope: Scope, series: readonly string[] = []): Address<Api.PerformanceAnswer> =>
  address('/performance', { ...about(scope), series: series.join(',') });
export const volume = (scope: Scope): Address<Api.VolumeAnswer> => address('/volume', about(scope));
export const confusion = (scope: Scope): Address<Api.ConfusionAnswer> => address('/confusion', about(scope));
export const residuals = (scope: Scope): Address<Api.ResidualsAnswer> => address('/residuals', about(scope));
export const curves = (scope: Scope, label: string): Address<Api.CurvesAnswer> => address('/curves', { ...about(scope), label });
export const classes = (scope: Scope): Address<Api.ClassesAnswer> => address('/classes', about(scope));
export const quality = (scope: Scope): Address<Api.QualityAnswer> => address('/quality', about(scope));
export const attribution = (scope: Scope): Address<Api.AttributionAnswer> => address('/attribution', about(scope));
export const drift = (scope: Scope, statistic: string): Address<Api.DriftAnswer> =>
  address('/drift', { ...about(scope), statistic });
export const column = (scope: Scope, name: string, statistic: string): Address<Api.ColumnAnswer> =>
  address('/column', { ...about(scope), column: name, statistic });

export interface RowsQuery {
  limit: number;
  cursor?: string | null;
  actual_required?: boolean;
}
export const rows = (scope: Scope, query: RowsQuery): Address<Api.RowsAnswer> =>
  address('/rows', {
    model_version_fqn: scope.fqn,
    start: scope.start,
    end: scope.end,
    limit: query.limit,
    cursor: query.cursor,
    actual_required: query.actual_required ? true : null,
  });
export const row = (fqn: string, dataId: string): Address<Api.RowDetailAnswer> =>
  address('/row', { model_version_fqn: fqn, data_id: dataId });
export const ledger = (fqn: string, start?: string, end?: string): Address<Api.LedgerAnswer> =>
  address('/ledger', { model_version_fqn: fqn, start, end });

export const projects = (): Address<Api.ProjectAnswer[]> => address('/ml-repos');
export const project = (name: string): Address<Api.ProjectAnswer> => address(`/ml-repos/${path(name)}`);
export const runs = (name: string): Address<Api.RunAnswer[]> => address(`/ml-repos/${path(name)}/runs`, { max_results: 500 });
export const run = (name: string, runName: string): Address<Api.RunAnswer> => address(`/ml-repos/${path(name)}/runs/${path(runName)}`);
export const models = (name: string): Address<Api.ModelAnswer[]> => address(`/ml-repos/${path(name)}/models`);
export const modelVersions = (modelFqn: string): Address<Api.ModelVersionAnswer[]> =>
  address('/model-versions', { model_fqn: modelFqn });
