import type { RowAnswer, VersionAnswer } from '../../api/types';
import { Name } from '../../components/Name';
import { Empty } from '../../components/states';
import { instant, percent, weekday } from '../../format';
import { query, setQuery } from '../../state';
import { Actual, delayText, ownProbability, ShortValue } from './values';

const SHOWN_FEATURES = 5;

interface RowTableProps {
  rows: readonly RowAnswer[];
  version: VersionAnswer;
}

export function RowTable({ rows, version }: RowTableProps) {
  const features = version.columns.filter((column) => column.role === 'feature').slice(0, SHOWN_FEATURES);
  const numeric = version.task === 'regression';
  if (rows.length === 0)
    return (
      <Empty title="No rows" icon="table">
        <p>{query.value.actual === 'yes' ? 'No prediction of this range has an actual yet.' : 'No prediction happened in this range.'}</p>
      </Empty>
    );
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label="Predictions, table">
      <table class="table" data-testid="rows">
        <thead>
          <tr>
            <th scope="col">Happened</th>
            <th scope="col">data_id</th>
            <th scope="col">Prediction</th>
            {version.has_probabilities && (
              <th scope="col" class="right">
                Probability
              </th>
            )}
            <th scope="col">Actual</th>
            <th scope="col" class="right">
              Delay
            </th>
            {features.map((feature) => (
              <th scope="col" key={feature.key}>
                <Name text={feature.name} mono />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <Row key={row.data_id} row={row} first={index === 0} numeric={numeric} version={version} features={features.map((feature) => feature.name)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  row: RowAnswer;
  first: boolean;
  numeric: boolean;
  version: VersionAnswer;
  features: readonly string[];
}

function Row({ row, first, numeric, version, features }: RowProps) {
  const open = (): void => setQuery({ row: row.data_id });
  const probability = ownProbability(row);
  return (
    <tr class="open" tabIndex={first ? 0 : -1} aria-selected={query.value.row === row.data_id} onClick={open} onKeyDown={(event) => move(event, open)} data-id={row.data_id}>
      <td class="num" title={`${instant(row.occurred_at)}${row.in_future ? '; later than it arrived' : ''}`}>
        {weekday(row.occurred_at)}
      </td>
      <td class="id-cell">
        <Name text={row.data_id} mono />
      </td>
      <td class="num">
        <ShortValue value={row.value} />
      </td>
      {version.has_probabilities && <td class="right num">{probability === null ? '–' : percent(probability)}</td>}
      <td>
        <Actual row={row} numeric={numeric} />
      </td>
      <td class="right num muted">{delayText(row)}</td>
      {features.map((name) => (
        <td key={name} class="num feature-cell">
          <ShortValue value={row.features[name]} />
        </td>
      ))}
    </tr>
  );
}

/** Arrow keys go from row to row, Enter opens one. */
function move(event: KeyboardEvent, open: () => void): void {
  const row = event.currentTarget as HTMLElement;
  const to = event.key === 'ArrowDown' ? row.nextElementSibling : event.key === 'ArrowUp' ? row.previousElementSibling : null;
  if (event.key === 'Enter') open();
  else if (to instanceof HTMLElement) to.focus();
  else return;
  event.preventDefault();
}
