import type { RowAnswer } from '../../api/types';
import { Name } from '../../components/Name';
import { duration, exact, number, signed, toMs } from '../../format';

/** A value of any type as text: numbers unrounded, a missing one as such. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (typeof value === 'number') return exact(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export const Value = ({ value }: { value: unknown }) =>
  value === null || value === undefined ? <span class="muted">missing</span> : <Name text={valueText(value)} />;

/** The same with five figures of a number, where many stand below each other. */
export const ShortValue = ({ value }: { value: unknown }) =>
  typeof value === 'number' && !Number.isInteger(value) ? <span title={exact(value)}>{number(value, 5)}</span> : <Value value={value} />;

/** How long after the prediction the actual became known, in seconds. */
export const delayOf = ({ occurred_at, actual_occurred_at }: RowAnswer): number | null =>
  actual_occurred_at === null ? null : (toMs(actual_occurred_at) - toMs(occurred_at)) / 1000;

export const delayText = (row: RowAnswer): string => {
  const delay = delayOf(row);
  return delay === null ? '–' : duration(delay);
};

/** The actual beside its prediction: right, wrong, or how far off. */
export function Actual({ row, numeric }: { row: RowAnswer; numeric: boolean }) {
  if (row.actual === null) return <span class="muted">no actual yet</span>;
  if (numeric && typeof row.value === 'number' && typeof row.actual === 'number')
    return (
      <span class="verdict num">
        {number(row.actual, 4)}
        <span class="muted small" title="Prediction less actual">
          {signed(row.value - row.actual, (size) => number(size, 3))}
        </span>
      </span>
    );
  const right = label(row.value) === label(row.actual);
  return (
    <span class="verdict">
      <Value value={row.actual} />
      <span class={right ? 'right-answer small' : 'wrong-answer small'}>{right ? '✓ right' : '✕ wrong'}</span>
    </span>
  );
}

/** The class label of a value, as the server makes it: true and "true" are one class, 1.0 and "1" too. */
export const label = (value: string | number | boolean): string => String(value);

/** The probability that the row gives its own prediction. */
export function ownProbability({ probabilities, value }: RowAnswer): number | null {
  return probabilities[label(value)] ?? null;
}
