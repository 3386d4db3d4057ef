import type { QualityAnswer, VersionAnswer } from '../../api/types';
import { Downloads } from '../../charts/ChartCard';
import { Status } from '../../components/Status';
import { int } from '../../format';
import { SEVERITY } from '../../statuses';
import { visible } from '../../visible';
import { about } from '../overview/page';
import { figureOf, rowsTable } from './quality';

/** What became of the rows that were sent: repeated, in conflict, waiting, late, rejected, lost. */
export function RowChecks({ version, answer }: { version: VersionAnswer; answer: QualityAnswer }) {
  if (answer.rows.length === 0) return null;
  const rows = [...answer.rows].sort((one, other) => SEVERITY[one.status] - SEVERITY[other.status]);
  return (
    <section class="card flush" aria-labelledby="rows-title" data-testid="row-checks">
      <div class="card-head">
        <h2 id="rows-title">What became of the rows</h2>
        <span class="muted">rows received in this range, beside those of the four weeks before</span>
        <div class="grow" />
        <Downloads name="row checks" table={() => rowsTable(answer.rows)} heading={{ title: 'What became of the rows', about: about(version, answer.window) }} />
      </div>
      <div class="table-wrap" tabIndex={0} role="region" aria-label="What became of the rows, table">
        <table class="table issues">
          <thead>
            <tr>
              <th scope="col">Status</th>
              <th scope="col">Check</th>
              <th scope="col" class="right">
                Share
              </th>
              <th scope="col" class="right">
                Before
              </th>
              <th scope="col" class="right">
                n
              </th>
              <th scope="col" class="right">
                n before
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.check}>
                <td>
                  <Status status={row.status} />
                </td>
                <td class="issue-what">
                  <b>{row.title}</b>
                  <p class="muted small">{visible(row.reason)}</p>
                </td>
                <td class="right num strong" data-label="share">{figureOf(row.value, row.percent)}</td>
                <td class="right num muted" data-label="before">{figureOf(row.reference_value, row.percent)}</td>
                <td class="right num" data-label="n">{int(row.n)}</td>
                <td class="right num muted" data-label="n before">{int(row.n_reference)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
