import { useEffect, useState } from 'preact/hooks';
import type { RowsAnswer } from '../../api/types';
import type { Asked } from '../../api/useAnswer';

/** Rows of `newest` that come before the first one of `shown`. */
export function countNew(shown: RowsAnswer, newest: RowsAnswer): number {
  const seen = new Set(shown.rows.map((row) => row.data_id));
  const known = newest.rows.findIndex((row) => seen.has(row.data_id));
  return known < 0 ? newest.rows.length : known;
}

/**
 * The rows to show while newer ones arrive: while one is `reading` the list stands still and says how many are new.
 * Another `subject` (range, filter, page) is shown as soon as its rows are
 * there; what is still the old one's is not held under its name.
 */
export function useTail({ data: newest, busy }: Asked<RowsAnswer>, subject: string, reading: boolean) {
  const [held, hold] = useState<{ subject: string; rows: RowsAnswer } | null>(null);
  const keeps = reading && held?.subject === subject;
  const shown = keeps ? held.rows : newest;
  useEffect(() => {
    if (!keeps && !busy) hold(newest && { subject, rows: newest });
  }, [newest, busy, subject, keeps]);
  return {
    shown,
    fresh: keeps && newest ? countNew(held.rows, newest) : 0,
    show: () => hold(newest && { subject, rows: newest }),
  };
}
