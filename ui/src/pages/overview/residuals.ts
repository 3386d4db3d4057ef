/** The residuals of a regressor as a table. */
import type { ResidualsAnswer } from '../../api/types';
import type { DataTable } from '../../charts/table';
import { percent } from '../../format';

export function residualTable(residuals: ResidualsAnswer | null): DataTable {
  return {
    caption: 'Share of rows by prediction less actual',
    columns: ['From', 'To', 'Current', 'Reference'],
    rows: (residuals?.shares ?? []).map((share, bin) => [
      residuals?.edges[bin] ?? null,
      residuals?.edges[bin + 1] ?? null,
      percent(share, 2),
      residuals?.reference_shares?.[bin] == null ? null : percent(residuals.reference_shares[bin], 2),
    ]),
  };
}
