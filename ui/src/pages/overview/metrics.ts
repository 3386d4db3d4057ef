/** What the page says about a metric: which one, how it is written, and how it stands to the reference. */
import type { CatalogueEntry, MetricSeries, MetricValue, PerformanceAnswer, Task } from '../../api/types';
import { lineDomain, quantile, type Span } from '../../charts/scale';
import { number, percent, signed } from '../../format';

/** What a page opens with, by task. */
const FIRST: Record<Task, readonly string[]> = {
  binary: ['f1', 'roc_auc', 'accuracy'],
  multiclass: ['accuracy', 'f1', 'f1_macro'],
  regression: ['mae', 'rmse'],
  unknown: [],
};
/** What most ask for, by task. */
const HEADLINES: Record<Task, readonly string[]> = {
  binary: ['f1', 'precision', 'recall', 'roc_auc', 'log_loss', 'accuracy'],
  multiclass: ['accuracy', 'f1_macro', 'f1', 'precision_macro', 'recall_macro', 'log_loss'],
  regression: ['mae', 'rmse', 'bias', 'r2', 'median_absolute_error'],
  unknown: [],
};
const FEW = 5;
const FEW_OWN = 2;
const SHORT: Record<string, string> = {
  accuracy: 'Accuracy',
  precision: 'Precision',
  recall: 'Recall',
  f1: 'F1',
  roc_auc: 'ROC AUC',
  log_loss: 'Log loss',
  mae: 'MAE',
  rmse: 'RMSE',
  mse: 'MSE',
  bias: 'Bias',
  psi: 'PSI',
  jensen_shannon: 'JS distance',
  kullback_leibler: 'KL divergence',
  hellinger: 'Hellinger',
  total_variation: 'Total variation',
  ks: 'KS',
  wasserstein: 'Wasserstein',
};

export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

/** Whether somebody registered it for this version, rather than being built in. */
export const isOwn = (metric: string, catalogue: Catalogue): boolean => catalogue.get(metric)?.expression != null;

export function titleOf(metric: string, catalogue: Catalogue): string {
  const entry = catalogue.get(metric);
  const unit = entry?.unit ? ` (${entry.unit})` : '';
  return isOwn(metric, catalogue) ? `${metric}${unit}` : SHORT[metric] ?? entry?.title ?? metric;
}

/** The metrics that a page may draw over time: the one asked for and those that it opens with; none names all. */
export function shownOverTime(task: Task, wanted: string): readonly string[] {
  return FIRST[task].length === 0 ? [] : [...new Set([...(wanted ? [wanted] : []), ...FIRST[task]])];
}

/** The metric asked for when the answer has it over time, else the task's first one that has a value. */
export function keyMetric(answer: Pick<PerformanceAnswer, 'task' | 'total'> & { series: readonly Pick<MetricSeries, 'metric'>[] }, wanted: string): string | null {
  const names = answer.series.map((one) => one.metric);
  if (names.includes(wanted)) return wanted;
  const preferred = FIRST[answer.task].filter((name) => names.includes(name));
  const known = names.find((name) => valueOf(answer.total, name)?.value != null);
  return preferred.find((name) => valueOf(answer.total, name)?.value != null) ?? preferred[0] ?? known ?? names[0] ?? null;
}

/** The few metrics that stand side by side: those that most ask for and the first of the version's own, of a handful all. */
export function headlines(task: Task, names: readonly string[], catalogue: Catalogue): readonly string[] {
  if (names.length <= FEW + 1) return names;
  const own = names.filter((name) => isOwn(name, catalogue)).slice(0, FEW_OWN);
  const asked = HEADLINES[task].filter((name) => names.includes(name) && !own.includes(name));
  const first = asked.length > 0 ? asked : names.filter((name) => !own.includes(name));
  return [...first.slice(0, FEW - own.length), ...own];
}

export function valueOf(values: readonly MetricValue[], metric: string | null): MetricValue | null {
  return values.find((one) => one.metric === metric) ?? null;
}

export interface Comparison {
  difference: number;
  text: string;
  /** The reference lies outside the interval, on the better side. */
  worse: boolean;
}

/** How a metric stands to the reference's; null when one of them has no value. */
export function compare(
  now: MetricValue | null,
  reference: MetricValue | null,
  better: CatalogueEntry['better'] | undefined,
): Comparison | null {
  if (now?.value == null || reference?.value == null) return null;
  const difference = now.value - reference.value;
  const clear =
    (better === 'higher' && now.upper !== null && now.upper < reference.value) ||
    (better === 'lower' && now.lower !== null && now.lower > reference.value);
  return { difference, text: differenceText(difference), worse: clear || now.status === 'breached' };
}

/** −0.051; a difference too small for three decimals says so instead of growing an exponent. */
export function differenceText(difference: number): string {
  if (difference !== 0 && Math.abs(difference) < 0.0005) return `${difference > 0 ? '+' : '−'}<0.001`;
  return signed(difference, (size) => (size < 10 ? size.toFixed(3) : number(size)));
}

/** "0.812 – 0.828", the 95 % interval. */
export function interval(value: Pick<MetricValue, 'lower' | 'upper'>): string | null {
  return value.lower === null || value.upper === null ? null : `${number(value.lower)} – ${number(value.upper)}`;
}

/** Why there is no value, in words; never a 0. */
export function absence(value: MetricValue | null): string {
  if (!value || value.status === 'no_actuals') return 'no actuals yet';
  return value.reason ?? (value.status === 'immature' ? 'immature' : 'insufficient data');
}

/** An axis that holds the line, the reference and all but the wildest intervals. */
export function metricDomain(series: MetricSeries, reference: number | null, entry: CatalogueEntry | undefined): Span {
  const held = [...series.value, reference, quantile(series.lower, 0.25), quantile(series.upper, 0.75)];
  return lineDomain(held, [entry?.lower_bound ?? null, entry?.upper_bound ?? null]);
}

export const coverageText = (share: number | null): string => (share === null ? 'no predictions' : percent(share));
