/** What a chart says as a table: the same figures on the page, in the CSV and under a screen reader. */

export type Cell = string | number | boolean | null;

export interface DataTable {
  /** What the table holds, such as `F1 per day of model:a/b/c:1`. */
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** A cell as it is read on the page: six figures are enough there, a file has them all. */
export function written(cell: Cell): string {
  if (cell === null) return '–';
  return typeof cell === 'number' && !Number.isInteger(cell) ? String(Number(cell.toPrecision(6))) : String(cell);
}

const NUMBER_LIKE = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const FORMULA = /^[=+\-@\t\r]/;

/**
 * RFC 4180 text. Names come from whoever sends data, so a text that a spreadsheet would run as a formula gets a leading
 * apostrophe; numbers stay as they are.
 */
export function toCsv(table: DataTable): string {
  return [table.columns, ...table.rows].map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n';
}

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) && !NUMBER_LIKE.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A file name that every system takes. */
export function fileName(parts: readonly string[], ending: string): string {
  const name = parts.join('-').toLowerCase().replace(/[^a-z0-9._]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return `${name.slice(0, 120) || 'chart'}.${ending}`;
}
