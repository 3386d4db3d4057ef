/** What the page of data quality says, from the server's answer: words, order and tables. */
import type { ColumnQuality, QualityAnswer, QualityIssue, QualityVerdict } from '../../api/types';
import type { HeatRow } from '../../charts/heatMap';
import { windowLabel } from '../../charts/labels';
import { extent } from '../../charts/scale';
import type { DataTable } from '../../charts/table';
import { instant, int, number, percent, spanText, toMs } from '../../format';
import { SEVERITY, TONES } from '../../statuses';

/** What most ask for, in this order. */
const FIRST = ['missing_share', 'type_errors', 'unseen_categories', 'outside_reference_range'];
const SHORT: Record<string, string> = {
  missing_share: 'Missing',
  type_errors: 'Wrong type',
  unseen_categories: 'Unseen',
  outside_reference_range: 'Out of range',
};

export interface CheckChoice {
  check: string;
  title: string;
  /** How it is called where there is little room. */
  label: string;
  percent: boolean;
  columns: number;
  /** Columns that are breached or watched, in the window as a whole or in a step of it. */
  wrong: number;
}

/** A value as its check counts: a share, or a number. */
export function figureOf(value: number | null, isShare: boolean): string {
  if (value === null) return '–';
  return isShare ? percent(value) : number(value);
}

/** The checks that some column had, those that most ask for first. */
export function checksOf(answer: Pick<QualityAnswer, 'columns' | 'issues'>): { first: CheckChoice[]; others: CheckChoice[] } {
  const found = new Map<string, CheckChoice>();
  for (const { total } of answer.columns) {
    const known = found.get(total.check) ?? { check: total.check, title: total.title, label: SHORT[total.check] ?? total.title, percent: total.percent, columns: 0, wrong: 0 };
    found.set(total.check, { ...known, columns: known.columns + 1 });
  }
  for (const choice of found.values()) choice.wrong = new Set(answer.issues.filter((issue) => issue.check === choice.check).map((issue) => issue.column)).size;
  const first = FIRST.flatMap((check) => found.get(check) ?? []);
  const others = [...found.values()].filter((choice) => !FIRST.includes(choice.check));
  return { first, others: others.sort((one, other) => other.wrong - one.wrong || one.title.localeCompare(other.title, 'en')) };
}

/** The check that the URL names, else that of the worst issue of a column, else the first there is. */
export function keyCheck(answer: Pick<QualityAnswer, 'columns' | 'issues'>, wanted: string): string | null {
  const { first, others } = checksOf(answer);
  const known = [...first, ...others].map((choice) => choice.check);
  const worst = answer.issues.find((issue) => issue.column !== null && known.includes(issue.check))?.check;
  return known.find((check) => check === wanted) ?? worst ?? known[0] ?? null;
}

const rank = ({ total, series }: ColumnQuality): number => Math.min(SEVERITY[total.status], ...series.status.map((status) => SEVERITY[status]));

/** The columns of a check, the worst first: in the window as a whole or in a step of it, then by the value. */
export function columnsOf(answer: Pick<QualityAnswer, 'columns'>, check: string | null, text = ''): ColumnQuality[] {
  const wanted = text.trim().toLowerCase();
  const value = ({ total }: ColumnQuality): number => total.value ?? -1;
  return answer.columns
    .filter(({ total }) => total.check === check && (total.column ?? '').toLowerCase().includes(wanted))
    .sort((one, other) => rank(one) - rank(other) || SEVERITY[one.total.status] - SEVERITY[other.total.status] || value(other) - value(one) || (one.total.column ?? '').localeCompare(other.total.column ?? '', 'en'));
}

export const heatRows = (columns: readonly ColumnQuality[]): HeatRow[] =>
  columns.map(({ total, series }) => ({
    key: total.column ?? '',
    name: total.column ?? '',
    tone: TONES[total.status],
    values: series.value,
    tones: series.status.map((status) => TONES[status]),
    figure: figureOf(total.value, total.percent),
  }));

/** The value that is drawn darkest: the largest there is, and of shares never less than a tenth, so that little looks little. */
export function darkest(columns: readonly ColumnQuality[]): number {
  const least = columns[0]?.total.percent ? 0.1 : 0;
  return Math.max(extent(columns.flatMap(({ series }) => series.value))?.[1] ?? 0, least);
}

function verdictOf(answer: QualityAnswer, issue: QualityIssue): QualityVerdict | null {
  if (issue.check === 'volume') return answer.volume?.verdict ?? null;
  if (issue.column === null) return answer.rows.find((row) => row.check === issue.check) ?? null;
  return columnOf(answer, issue.check, issue.column)?.total ?? null;
}

export const columnOf = (answer: Pick<QualityAnswer, 'columns'>, check: string | null, column: string | null): ColumnQuality | null =>
  answer.columns.find(({ total }) => total.check === check && total.column === column) ?? null;

const isWhole = (answer: QualityAnswer, issue: QualityIssue): boolean => issue.start === answer.window.start && issue.end === answer.window.end;

/** How many rows an issue rests on: those of the window, of the step in which it is worst, or of the hours with too few or too many. */
export function rowsOf(answer: QualityAnswer, issue: QualityIssue): number | null {
  const verdict = verdictOf(answer, issue);
  if (issue.check === 'volume') return issue.value ?? verdict?.n ?? null;
  if (isWhole(answer, issue)) return verdict?.n ?? null;
  const step = answer.starts.findIndex((start) => toMs(start) === toMs(issue.start));
  return columnOf(answer, issue.check, issue.column)?.series.n[step] ?? null;
}

/** The value of an issue beside the reference's, as its check counts. */
export function valuesOf(answer: QualityAnswer, issue: QualityIssue): { value: string; reference: string } {
  const isShare = verdictOf(answer, issue)?.percent ?? true;
  return { value: figureOf(issue.value, isShare), reference: figureOf(issue.reference_value, isShare) };
}

/** When it is worst: "the whole range", or a stretch of it. */
export const whenOf = (answer: QualityAnswer, issue: QualityIssue): string => (isWhole(answer, issue) ? 'whole range' : spanText(issue.start, issue.end));

export interface IssueCount {
  breached: number;
  watch: number;
  columns: number;
}

export function countIssues(issues: readonly QualityIssue[]): IssueCount {
  const of = (status: string): number => issues.filter((issue) => issue.status === status).length;
  return { breached: of('breached'), watch: of('watch'), columns: new Set(issues.flatMap((issue) => issue.column ?? [])).size };
}

/** How many steps stand out, and the worst of them; null where none does. */
function stepsOf({ starts, step_s }: Pick<QualityAnswer, 'starts' | 'step_s'>, { total, series }: ColumnQuality): string | null {
  const of = (status: string): number[] => series.status.flatMap((one, step) => (one === status ? [step] : []));
  const [breached, watch] = [of('breached'), of('watch')];
  const bad = breached.length > 0 ? breached : watch;
  const worst = bad.reduce<number | null>((most, step) => (most !== null && (series.value[most] ?? 0) >= (series.value[step] ?? 0) ? most : step), null);
  if (worst === null) return null;
  const counted = [breached.length > 0 && `${breached.length} breached`, watch.length > 0 && `${watch.length} on watch`].filter(Boolean).join(', ');
  return `${counted} of ${starts.length}; worst ${figureOf(series.value[worst] ?? null, total.percent)} of ${int(series.n[worst] ?? 0)} rows, ${windowLabel(toMs(starts[worst] ?? 0), step_s * 1000)}`;
}

/** Why a column has its status, in words: how large, how real, on how many rows. */
export function whyOf(answer: Pick<QualityAnswer, 'starts' | 'step_s'>, column: ColumnQuality, referenceName: string): { point: string; text: string }[] {
  const { total } = column;
  const found = [{ point: 'Finding', text: total.reason }];
  const steps = stepsOf(answer, column);
  if (steps) found.push({ point: 'Steps', text: steps });
  if (total.p_value !== null) found.push({ point: 'Chance', text: `p ${total.p_value < 1e-4 ? '< 0.0001' : `= ${total.p_value.toPrecision(2)}`}${total.null ? `, by ${total.null}` : ''}` });
  else if (total.null === 'rule') found.push({ point: 'Chance', text: 'has no part in it: what is counted is not allowed at all' });
  const sizes = total.watch_at > 0 ? `watch from ${figureOf(total.watch_at, total.percent)}` : 'watch from the first row on';
  found.push({ point: 'Sizes', text: `${sizes}, breached from ${figureOf(total.breached_at, total.percent)} more than expected` });
  found.push({ point: 'Rows', text: `${int(total.n)} in this window${total.n_reference > 0 ? `, ${int(total.n_reference)} in ${referenceName}` : ''}` });
  return found;
}

export function issuesTable(answer: QualityAnswer): DataTable {
  return {
    caption: 'What is wrong with the data, the worst first',
    columns: ['Status', 'Column', 'Check', 'Value', 'Reference value', 'n', 'From (UTC)', 'To (UTC)', 'Severity', 'Finding'],
    rows: answer.issues.map((issue) => [issue.status, issue.column, issue.title, issue.value, issue.reference_value, rowsOf(answer, issue), instant(issue.start), instant(issue.end), issue.severity, issue.reason]),
  };
}

export function heatTable(answer: QualityAnswer, columns: readonly ColumnQuality[], title: string): DataTable {
  return {
    caption: `${title} of each column per window`,
    columns: ['Column', 'Status', 'In all', 'Reference', 'n', ...answer.starts.map((start) => instant(start))],
    rows: columns.map(({ total, series }) => [total.column, total.status, total.value, total.reference_value, total.n, ...series.value]),
  };
}

export function rowsTable(rows: readonly QualityVerdict[]): DataTable {
  return {
    caption: 'What became of the rows that were sent',
    columns: ['Check', 'Status', 'Share', 'Four weeks before', 'n', 'n before', 'Finding'],
    rows: rows.map((row) => [row.title, row.status, row.value, row.reference_value, row.n, row.n_reference, row.reason]),
  };
}
