// Written by ui/scripts/api_types.py from mlfoundry/server/answers.py; do not edit.

export type Aggregate = 'mean' | 'sum';
export type AttributionStatus = 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference';
export type Better = 'higher' | 'lower' | 'none';
export type ColumnKind = 'numeric' | 'categorical';
export type DriftStatus = 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference';
export type Immaturity = 'arriving' | 'delay unknown' | 'selective';
export type MaturityStatus = 'mature' | 'immature';
export type MetricStatus = 'ok' | 'breached' | 'insufficient_data' | 'immature' | 'no_actuals';
export type MetricType = 'metric' | 'projection';
export type QualityStatus = 'ok' | 'watch' | 'breached' | 'insufficient_data' | 'no_reference';
export type ReferenceKind = 'uploaded' | 'trailing' | 'fixed' | 'version';
export type Role = 'feature' | 'prediction' | 'score' | 'actual';
export type Special = 'missing' | 'below' | 'above' | 'unseen' | 'other';
export type Task = 'binary' | 'multiclass' | 'regression' | 'unknown';
export type VersionStatus = 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference' | 'waiting';

/** One feature over many windows, in their order. */
export interface AttributionSeries {
  mean_absolute: (number | null)[];
  mean: (number | null)[];
  importance: (number | null)[];
  n: number[];
}

/** The SHAP values of one feature over one window, beside the reference's. */
export interface FeatureAttribution {
  feature: string;
  n: number;
  coverage: number | null;
  mean_absolute: number | null;
  lower: number | null;
  upper: number | null;
  mean: number | null;
  mean_lower: number | null;
  mean_upper: number | null;
  importance: number | null;
  rank: number | null;
  n_reference: number;
  mean_absolute_reference: number | null;
  mean_reference: number | null;
  importance_reference: number | null;
  rank_reference: number | null;
  rank_change: number | null;
  effect: number | null;
  p_value: number | null;
  real: boolean | null;
  null: string | null;
  watch_at: number;
  drifted_at: number;
  status: 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference';
  reason: string;
}

/** One statistic of all features together, over one window. */
export interface RankingComparison {
  statistic: string;
  title: string;
  value: number | null;
  watch_at: number;
  drifted_at: number;
  status: 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference';
  reason: string;
}

/** A bin of the statistic: `[lower, upper)` of a numeric column, or a category, or a special bin. */
export interface DriftBin {
  label: string;
  special: 'missing' | 'below' | 'above' | 'unseen' | 'other' | null;
  lower: number | null;
  upper: number | null;
  reference_share: number;
  share: number;
  contribution: number | null;
}

/** One column over many windows, in their order; `expected` is what no drift would show at their n. */
export interface DriftSeries {
  value: (number | null)[];
  status: ('ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference')[];
  n: number[];
  expected: (number | null)[];
}

/** One column over one window against its reference. */
export interface DriftVerdict {
  column: string;
  role: 'feature' | 'prediction' | 'score' | 'actual';
  kind: 'numeric' | 'categorical';
  statistic: string;
  value: number | null;
  error_bound: number | null;
  status: 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference';
  reason: string | null;
  reference: string | null;
  n_reference: number;
  n: number;
  expected: number | null;
  effect: number | null;
  p_value: number | null;
  null: string | null;
  chunks: number | null;
  dispersion: number | null;
  effective_n: number | null;
  watch_at: number | null;
  drifted_at: number | null;
  missing_share: number | null;
  missing_share_reference: number | null;
}

/** A metric over one window. */
export interface MetricValue {
  metric: string;
  value: number | null;
  lower: number | null;
  upper: number | null;
  n: number;
  coverage: number | null;
  status: 'ok' | 'breached' | 'insufficient_data' | 'immature' | 'no_actuals';
  method: string | null;
  reason: string | null;
  bound: number | null;
  expected: number | null;
  effective_n: number | null;
}

/** How far a window has got with its actuals. */
export interface Maturity {
  status: 'mature' | 'immature';
  cause: 'arriving' | 'delay unknown' | 'selective' | null;
  reason: string | null;
  coverage: number | null;
  expected_coverage: number | null;
  mature_at: string | null;
}

/** Bounds and the name of the method that made them. */
export interface Interval {
  lower: number;
  upper: number;
  method: string;
}

/** One class against the rest; a figure without rows to divide by, or without scores, is None. */
export interface ClassFigures {
  label: string;
  actual: number;
  predicted: number;
  precision: number | null;
  precision_interval: Interval | null;
  recall: number | null;
  recall_interval: Interval | null;
  f1: number | null;
  roc_auc: number | null;
  roc_auc_interval: Interval | null;
}

/** What would be predicted at thresholds, the highest first: positive where the score is not below one. */
export interface ThresholdPoints {
  threshold: (number | null)[];
  true_positive: number[];
  false_positive: number[];
  false_negative: number[];
  true_negative: number[];
  precision: (number | null)[];
  precision_lower: (number | null)[];
  precision_upper: (number | null)[];
  recall: (number | null)[];
  recall_lower: (number | null)[];
  recall_upper: (number | null)[];
  false_positive_rate: (number | null)[];
  false_positive_rate_lower: (number | null)[];
  false_positive_rate_upper: (number | null)[];
  f1: (number | null)[];
  accuracy: (number | null)[];
  positive_rate: (number | null)[];
  positive_rate_lower: (number | null)[];
  positive_rate_upper: (number | null)[];
}

/** Bins of scores, ascending: the mean score, and the share that turned out to be of the class with its interval. */
export interface CalibrationPoints {
  n: number[];
  score: number[];
  observed: number[];
  lower: number[];
  upper: number[];
  bound: number;
}

/** The curves of the scores of one class among rows with an actual, of which `n_positive` are of the class. */
export interface CurvePoints {
  n: number;
  n_positive: number;
  thresholds: ThresholdPoints;
  calibration: CalibrationPoints;
}

/** One check of one column, or of all rows, over one window. */
export interface QualityVerdict {
  check: string;
  title: string;
  column: string | null;
  role: 'feature' | 'prediction' | 'score' | 'actual' | null;
  kind: 'numeric' | 'categorical' | null;
  value: number | null;
  error_bound: number | null;
  reference_value: number | null;
  n: number;
  n_reference: number;
  expected: number | null;
  effect: number | null;
  p_value: number | null;
  null: string | null;
  dispersion: number | null;
  watch_at: number;
  breached_at: number;
  status: 'ok' | 'watch' | 'breached' | 'insufficient_data' | 'no_reference';
  reason: string;
  percent: boolean;
}

/** One check of one column over many windows, in their order. */
export interface QualitySeries {
  value: (number | null)[];
  status: ('ok' | 'watch' | 'breached' | 'insufficient_data' | 'no_reference')[];
  n: number[];
}

/** One check of one column: over the whole window, and step by step. */
export interface ColumnQuality {
  total: QualityVerdict;
  series: QualitySeries;
}

/** Something that is wrong: the worst first. */
export interface QualityIssue {
  check: string;
  title: string;
  column: string | null;
  status: 'ok' | 'watch' | 'breached' | 'insufficient_data' | 'no_reference';
  severity: number;
  start: string;
  end: string;
  value: number | null;
  reference_value: number | null;
  reason: string;
}

/** Rows beside their weekly rhythm, in blocks of some hours. */
export interface VolumeReport {
  verdict: QualityVerdict;
  hours: number | null;
  starts: string[];
  rows: number[];
  expected: number[];
  lower: number[];
  upper: number[];
  status: ('ok' | 'watch' | 'breached' | 'insufficient_data' | 'no_reference')[];
  lost: number[];
  weeks: number;
  issues: QualityIssue[];
}

/** The window an answer covers, after snapping. */
export interface WindowAnswer {
  start: string;
  end: string;
}

/** Which rows an answer is about, where that is not simply all of the window. */
export interface SliceAnswer {
  where: string | null;
  exact: boolean;
  as_of: string | null;
  reference_sliced: boolean | null;
  reference_n: number | null;
  note: string | null;
}

/** What something is compared with: an uploaded table, or events of a window of this version or another one. */
export interface ReferenceAnswer {
  name: string;
  kind: 'uploaded' | 'trailing' | 'fixed' | 'version';
  fqn: string;
  window: WindowAnswer | null;
  n: number;
  created_at: string | null;
  is_default: boolean;
  has_actuals: boolean;
  has_times: boolean;
  has_shap: boolean;
}

/** For how many days rows and aggregates are kept; null is for ever. */
export interface RetentionAnswer {
  events_days: number | null;
  aggregates_days: number | null;
}

/** An ml_repo. */
export interface ProjectAnswer {
  name: string;
  tenant: string;
  description: string | null;
  created_at: string;
  n_models: number;
  n_runs: number;
  archived: boolean;
  retention: RetentionAnswer;
}

export interface RunAnswer {
  run_id: string;
  run_name: string;
  fqn: string;
  ml_repo: string;
  status: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';
  started_at: string;
  ended_at: string | null;
  created_by: string;
  params: Record<string, string>;
  metrics: Record<string, number>;
  tags: Record<string, string>;
}

export interface ModelAnswer {
  name: string;
  model_fqn: string;
  ml_repo: string;
  created_at: string;
  updated_at: string;
  n_versions: number;
  latest_version: number;
  archived: boolean;
}

/** A metric of a version's own; without an expression it is the built-in one of its name. */
export interface CustomMetricAnswer {
  name: string;
  value_type: string;
  type: 'metric' | 'projection';
  expression: string | null;
  aggregate: 'mean' | 'sum';
  unit: string | null;
  better: 'higher' | 'lower' | 'none';
}

export interface ModelVersionAnswer {
  fqn: string;
  model_fqn: string;
  ml_repo: string;
  name: string;
  version: number;
  step: number;
  description: string | null;
  metadata: Record<string, unknown>;
  framework: string | null;
  model_schema: Record<string, unknown> | null;
  custom_metrics: CustomMetricAnswer[];
  default_reference: string | null;
  false_alarms_per_month: number;
  metrics: Record<string, number>;
  run_id: string | null;
  run_name: string | null;
  has_files: boolean;
  size_bytes: number;
  created_by: string;
  created_at: string;
  updated_at: string;
  archived: boolean;
  n_predictions: number;
  last_at: string | null;
}

/** A metric window by window, aligned with the answer's `starts`. */
export interface MetricSeries {
  metric: string;
  value: (number | null)[];
  lower: (number | null)[];
  upper: (number | null)[];
  n: number[];
  coverage: (number | null)[];
  status: ('ok' | 'breached' | 'insufficient_data' | 'immature' | 'no_actuals')[];
}

/** Whether each window has the actuals that it will have, aligned with the answer's `starts`. */
export interface MaturitySeries {
  status: ('mature' | 'immature')[];
  cause: ('arriving' | 'delay unknown' | 'selective' | null)[];
  expected_coverage: (number | null)[];
  mature_at: (string | null)[];
}

export interface PerformanceAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  step_s: number | null;
  starts: string[];
  task: 'binary' | 'multiclass' | 'regression' | 'unknown';
  positive_class: string | null;
  problem: string | null;
  total: MetricValue[];
  series: MetricSeries[];
  maturity: Maturity;
  maturity_series: MaturitySeries;
  reference: ReferenceAnswer | null;
  reference_values: MetricValue[];
}

/** Curves of the scores of one class against the rest. */
export interface CurvesAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  label: string;
  labels: string[];
  current: CurvePoints | null;
  maturity: Maturity;
  reference: ReferenceAnswer | null;
  reference_curves: CurvePoints | null;
}

/** Each class by itself, the most frequent ones first; `reference_classes` are the same ones of the reference. */
export interface ClassesAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  n: number;
  n_classes: number;
  classes: ClassFigures[];
  maturity: Maturity;
  reference: ReferenceAnswer | null;
  reference_classes: ClassFigures[];
}

export interface VolumeAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  step_s: number;
  starts: string[];
  predictions: number[];
  with_actual: number[];
  dropped: number[];
  n_predictions: number;
  n_with_actual: number;
  median_delay_s: number | null;
  prediction_rate: (number | null)[];
  reference: ReferenceAnswer | null;
  prediction_rate_reference: number | null;
}

/** `counts[i][j]`: rows whose actual is `classes[i]` and whose prediction is `classes[j]`. */
export interface ConfusionAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  classes: string[];
  counts: number[][];
  n: number;
}

/** Prediction less actual: shares of rows between `edges`, with the reference's where it has actuals. */
export interface ResidualsAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  n: number;
  edges: number[];
  shares: number[];
  reference: ReferenceAnswer | null;
  reference_shares: number[] | null;
  mean: number | null;
  median: number | null;
  p05: number | null;
  p95: number | null;
}

export interface DriftColumn {
  total: DriftVerdict;
  series: DriftSeries;
  importance: number | null;
  impact: number | null;
}

export interface DriftAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  step_s: number | null;
  starts: string[];
  statistic: string;
  reference: ReferenceAnswer | null;
  columns: DriftColumn[];
}

/** Data quality: what is wrong, the worst first, and every check. */
export interface QualityAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  step_s: number;
  starts: string[];
  reference: ReferenceAnswer | null;
  issues: QualityIssue[];
  columns: ColumnQuality[];
  rows: QualityVerdict[];
  volume: VolumeReport | null;
}

export interface AttributionFeature {
  total: FeatureAttribution;
  series: AttributionSeries;
}

/** How much each feature decides, the most important first. */
export interface AttributionAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  step_s: number;
  starts: string[];
  reference: ReferenceAnswer | null;
  n: number;
  features: AttributionFeature[];
  rankings: RankingComparison[];
}

/** A histogram to draw: at most 40 bins between `edges`; `below` and `above` hold what lies outside. */
export interface Distribution {
  edges: number[];
  shares: number[];
  reference_shares: number[] | null;
  below: number;
  above: number;
  reference_below: number | null;
  reference_above: number | null;
}

/** One row of the small table under a histogram, such as mean or p95; text for a category. */
export interface ColumnFigure {
  name: string;
  reference: number | string | null;
  current: number | string | null;
}

export interface ColumnAnswer {
  window: WindowAnswer;
  slice: SliceAnswer | null;
  type: string;
  unit: string | null;
  reference: ReferenceAnswer | null;
  verdict: DriftVerdict;
  distribution: Distribution | null;
  bins: DriftBin[];
  figures: ColumnFigure[];
  step_s: number;
  starts: string[];
  series: DriftSeries;
}

export interface FleetVersion {
  fqn: string;
  ml_repo: string;
  model: string;
  version: number;
  status: 'ok' | 'watch' | 'drifted' | 'insufficient_data' | 'no_reference' | 'waiting';
  task: 'binary' | 'multiclass' | 'regression' | 'unknown';
  predictions: number;
  with_actual: number;
  coverage: number | null;
  metric: MetricValue | null;
  metric_reference: number | null;
  drifted: number;
  watch: number;
  columns: number;
  first_at: string | null;
  last_at: string | null;
  volume: number[];
}

export interface FleetAnswer {
  window: WindowAnswer;
  step_s: number;
  versions: FleetVersion[];
  note: string | null;
}

export interface ColumnAbout {
  key: string;
  role: 'feature' | 'prediction' | 'score' | 'actual';
  name: string;
  kind: 'numeric' | 'categorical';
  type: string;
}

/** Everything a version's page needs before its charts. */
export interface VersionAnswer {
  registered: ModelVersionAnswer;
  task: 'binary' | 'multiclass' | 'regression' | 'unknown';
  positive_class: string | null;
  classes: string[];
  columns: ColumnAbout[];
  references: ReferenceAnswer[];
  versions: number[];
  n_predictions: number;
  n_actuals: number;
  first_at: string | null;
  last_at: string | null;
  last_received_at: string | null;
  has_probabilities: boolean;
  has_shap: boolean;
  inbox_rows: number;
  rejected_rows: number;
  note: string | null;
}

export interface RowAnswer {
  data_id: string;
  value: string | number | boolean;
  features: Record<string, unknown>;
  probabilities: Record<string, number>;
  shap_values: Record<string, unknown>;
  raw_data: unknown;
  occurred_at: string;
  received_at: string;
  actual: string | number | boolean | null;
  actual_occurred_at: string | null;
  actual_received_at: string | null;
  in_future: boolean;
}

export interface RowsAnswer {
  rows: RowAnswer[];
  next_cursor: string | null;
}

export interface FateAnswer {
  kind: 'prediction' | 'actual';
  state: 'stored' | 'matched' | 'waiting' | 'superseded' | 'duplicate' | 'conflict' | 'rejected';
  received_at: string;
  occurred_at: string | null;
  value: string | number | boolean | null;
  reason: string;
  batch_id: string | null;
}

/** One row with everything about it; `row` is null when only its actual or a refusal is known. */
export interface RowDetailAnswer {
  data_id: string;
  row: RowAnswer | null;
  positions: Record<string, number>;
  position_reference: string | null;
  fates: FateAnswer[];
}

export interface LedgerEntryAnswer {
  hour: string;
  kind: 'prediction' | 'actual';
  state: 'stored' | 'matched' | 'waiting' | 'superseded' | 'duplicate' | 'conflict' | 'rejected' | 'erased' | 'expired';
  n: number;
}

export interface RejectedAnswer {
  kind: 'prediction' | 'actual';
  received_at: string;
  batch_id: string;
  index: number;
  path: string;
  reason: string;
  data_id: string | null;
}

/** Rows that clients lost before they got here; `hour` is that of the client's clock. */
export interface DroppedAnswer {
  hour: string;
  kind: 'prediction' | 'actual';
  reason: string;
  n: number;
}

/** Every received row in exactly one state. `totals` maps `prediction.stored` and its kin to rows. */
export interface LedgerAnswer {
  totals: Record<string, number>;
  hours: LedgerEntryAnswer[];
  rejected: RejectedAnswer[];
  dropped: DroppedAnswer[];
}

/** A statistic, a metric or a check that this server knows. */
export interface CatalogueEntry {
  name: string;
  title: string;
  description: string;
  group: 'drift' | 'performance' | 'quality' | 'attribution';
  applies_to: string[];
  better: 'higher' | 'lower' | 'none';
  lower_bound: number | null;
  upper_bound: number | null;
  percent: boolean;
  expression: string | null;
  unit: string | null;
}

export interface CatalogueAnswer {
  entries: CatalogueEntry[];
}
