/** A confusion matrix as it is shown: shares of the actual's row, small classes joined. */
export interface ConfusionCell {
  actual: string;
  predicted: string;
  count: number;
  /** Of the rows with this actual; null when there are none. */
  share: number | null;
  right: boolean;
}

export interface ConfusionView {
  classes: string[];
  cells: ConfusionCell[];
  /** How many classes went into the last one. */
  joined: number;
}

export const OTHERS = 'all others';

/** Row shares; of more than `most` classes the rarest are joined into one. */
export function confusionView(classes: readonly string[], counts: readonly (readonly number[])[], most = 16): ConfusionView {
  const total = (index: number): number => sum(counts[index] ?? []) + sum(counts.map((row) => row[index] ?? 0));
  const kept =
    classes.length <= most
      ? classes.map((_, index) => index)
      : classes
          .map((_, index) => index)
          .sort((one, other) => total(other) - total(one))
          .slice(0, most - 1)
          .sort((one, other) => one - other);
  const rest = classes.map((_, index) => index).filter((index) => !kept.includes(index));
  const groups = [...kept.map((index) => [index]), ...(rest.length ? [rest] : [])];
  const names = [...kept.map((index) => classes[index] ?? ''), ...(rest.length ? [OTHERS] : [])];
  const count = (rows: readonly number[], columns: readonly number[]): number =>
    sum(rows.flatMap((row) => columns.map((column) => counts[row]?.[column] ?? 0)));
  const cells = groups.flatMap((rows, i) => {
    const of = sum(groups.map((columns) => count(rows, columns)));
    return groups.map((columns, j): ConfusionCell => {
      const n = count(rows, columns);
      return { actual: names[i] ?? '', predicted: names[j] ?? '', count: n, share: of > 0 ? n / of : null, right: i === j };
    });
  });
  return { classes: names, cells, joined: rest.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
