/** A column's distributions as a table, and its figures as text. */
import type { ColumnAnswer } from '../../api/types';
import { plainName } from '../../charts/labels';
import type { Cell, DataTable } from '../../charts/table';
import { number, percent } from '../../format';

/** The bins of the statistic: what the verdict was computed from. */
export function columnTable(answer: ColumnAnswer): DataTable {
  const { verdict, bins } = answer;
  return {
    caption: `Share of rows per bin of ${plainName(verdict.column)}`,
    columns: ['Bin', 'From', 'To', 'Reference share', 'Current share', 'Contribution', 'Special'],
    rows: bins.map((bin): Cell[] => [plainName(bin.label), bin.lower, bin.upper, bin.reference_share, bin.share, bin.contribution, bin.special]),
  };
}

/** A figure's value; those named a share are written as one. */
export function figureText(name: string, value: number | string | null): string {
  if (value === null) return '–';
  if (typeof value === 'string') return plainName(value, 60);
  return /share|missing/i.test(name) ? percent(value) : number(value);
}
