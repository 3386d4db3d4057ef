/** The categories a chart shows. */
import type { DriftBin } from '../api/types';

export interface CategoryRow {
  label: string;
  special: DriftBin['special'];
  share: number;
  reference: number | null;
  contribution: number | null;
}

const SPECIAL_NAMES = { missing: 'missing', below: 'below', above: 'above', unseen: 'unseen', other: 'all others' };

/** The largest of both windows first, special bins last; what does not fit is counted in `hidden`. */
export function categoryRows(bins: readonly DriftBin[], most: number, hasReference: boolean) {
  const weight = (bin: DriftBin): number => Math.max(bin.share, bin.reference_share);
  const plain = bins.filter((bin) => bin.special === null).sort((one, other) => weight(other) - weight(one));
  const total = bins.reduce((sum, bin) => sum + Math.abs(bin.contribution ?? 0), 0);
  const special = bins.filter((bin) => bin.special !== null && weight(bin) > 0);
  const rows = [...plain.slice(0, most), ...special].map((bin): CategoryRow => ({
    label: bin.special ? SPECIAL_NAMES[bin.special] : bin.label === '' ? '(empty text)' : bin.label,
    special: bin.special,
    share: bin.share,
    reference: hasReference ? bin.reference_share : null,
    contribution: bin.contribution === null || total === 0 ? null : bin.contribution / total,
  }));
  return { rows, hidden: Math.max(0, plain.length - most) };
}
