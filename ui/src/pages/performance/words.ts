/** What the page of performance says in words. */
import type { ClassFigures, Interval, Maturity } from '../../api/types';
import type { DataTable } from '../../charts/table';
import { moment, number, percent } from '../../format';

/** What is still to come, in words. */
export function maturityText({ status, cause, reason, mature_at }: Maturity): string {
  if (status === 'mature') return 'these metrics will hardly change any more';
  if (reason) return reason.replace(/^immature(?: \([^)]*\))?: /, '');
  if (cause === 'arriving') return mature_at ? `actuals are still arriving until ${moment(mature_at)} UTC` : 'actuals are still arriving';
  return cause === 'delay unknown' ? 'how many actuals will come is not known yet' : 'actuals came for some scores more than for others';
}

/** How much is there of what is expected. */
export function coverageText({ coverage, expected_coverage }: Maturity): string {
  if (coverage === null) return 'no predictions';
  return expected_coverage === null ? `${percent(coverage)}, how many will come is unknown` : `${percent(coverage)} of ${percent(expected_coverage)} expected`;
}

export const matureText = ({ status, mature_at }: Maturity): string =>
  status === 'mature' ? 'is mature now' : mature_at ? `expected mature ${moment(mature_at)} UTC` : 'when is not known yet';

/** "0.469 – 0.488", or nothing. */
export const bounds = (range: Pick<Interval, 'lower' | 'upper'> | null): string => (range ? `${number(range.lower)} – ${number(range.upper)}` : '');

export type ClassSort = 'label' | 'actual' | 'predicted' | 'precision' | 'recall' | 'f1' | 'roc_auc';
export const CLASS_SORTS: readonly ClassSort[] = ['label', 'actual', 'predicted', 'precision', 'recall', 'f1', 'roc_auc'];

export const classFigure = (one: ClassFigures, sort: string): number | string | null => one[CLASS_SORTS.find((known) => known === sort) ?? 'actual'];

export function classTable(classes: readonly ClassFigures[], reference: readonly ClassFigures[]): DataTable {
  const before = new Map(reference.map((one) => [one.label, one]));
  return {
    caption: 'Each class against the rest',
    columns: ['Class', 'n actual', 'n predicted', 'Precision', 'Precision lower', 'Precision upper', 'Precision reference', 'Recall', 'Recall lower', 'Recall upper', 'Recall reference', 'F1', 'F1 reference', 'ROC AUC', 'ROC AUC lower', 'ROC AUC upper', 'ROC AUC reference', 'n actual reference'],
    rows: classes.map((one) => {
      const old = before.get(one.label);
      return [
        one.label,
        one.actual,
        one.predicted,
        one.precision,
        one.precision_interval?.lower ?? null,
        one.precision_interval?.upper ?? null,
        old?.precision ?? null,
        one.recall,
        one.recall_interval?.lower ?? null,
        one.recall_interval?.upper ?? null,
        old?.recall ?? null,
        one.f1,
        old?.f1 ?? null,
        one.roc_auc,
        one.roc_auc_interval?.lower ?? null,
        one.roc_auc_interval?.upper ?? null,
        old?.roc_auc ?? null,
        old?.actual ?? null,
      ];
    }),
  };
}
