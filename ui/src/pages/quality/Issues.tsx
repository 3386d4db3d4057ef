import { useState } from 'preact/hooks';
import type { QualityAnswer, QualityIssue, VersionAnswer } from '../../api/types';
import { Downloads } from '../../charts/ChartCard';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { Empty } from '../../components/states';
import { int } from '../../format';
import { query, setQuery } from '../../state';
import { visible } from '../../visible';
import { about } from '../overview/page';
import { issuesTable, rowsOf, valuesOf, whenOf } from './quality';

const FIRST = 8;

/** What is wrong, the worst first; a column's issue shows its check below. */
export function Issues({ version, answer }: { version: VersionAnswer; answer: QualityAnswer }) {
  const [all, showAll] = useState(false);
  const shown = all ? answer.issues : answer.issues.slice(0, FIRST);
  const heading = { title: 'Data quality issues', about: about(version, answer.window, answer.reference?.name) };
  return (
    <section class="card flush" aria-labelledby="issues-title" data-testid="issues">
      <div class="card-head">
        <h2 id="issues-title">Issues</h2>
        <span class="muted">worst first; a step of the range is named where the whole is less wrong</span>
        <div class="grow" />
        <Downloads name="data quality issues" table={() => issuesTable(answer)} heading={heading} />
      </div>
      {answer.issues.length === 0 ? (
        <Empty title="Nothing stands out" icon="check">
          <p>
            {answer.reference
              ? 'Every check is ok in this range, or has too few rows to say.'
              : 'Without a reference only rules are checked: values of a wrong type, what the schema does not allow, what became of rows, and their number.'}
          </p>
        </Empty>
      ) : (
        <div class="table-wrap" tabIndex={0} role="region" aria-label="Issues, table">
          <table class="table issues">
            <thead>
              <tr>
                <th scope="col">Status</th>
                <th scope="col">Column</th>
                <th scope="col">What</th>
                <th scope="col" class="right">
                  Value
                </th>
                <th scope="col" class="right">
                  Reference
                </th>
                <th scope="col" class="right">
                  n
                </th>
                <th scope="col">When</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((issue, index) => (
                <Issue key={index} answer={answer} issue={issue} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {answer.issues.length > FIRST && (
        <div class="table-foot">
          <button type="button" class="link small" onClick={() => showAll(!all)}>
            {all ? 'Show fewer' : `Show all ${answer.issues.length} issues`}
          </button>
        </div>
      )}
    </section>
  );
}

function Issue({ answer, issue }: { answer: QualityAnswer; issue: QualityIssue }) {
  const { value, reference } = valuesOf(answer, issue);
  const n = rowsOf(answer, issue);
  const { column, check } = issue;
  const chosen = column !== null && query.value.column === column && query.value.check === check;
  const open = (): void => setQuery({ column: column ?? '', check });
  return (
    <tr class={column === null ? '' : 'open'} aria-selected={column === null ? undefined : chosen} onClick={column === null ? undefined : open}>
      <td>
        <Status status={issue.status} />
      </td>
      <td>
        {column === null ? (
          <span class="muted">{check === 'volume' ? 'number of rows' : 'rows'}</span>
        ) : (
          <button type="button" class="row-link" onClick={open}>
            <Name text={column} mono />
          </button>
        )}
      </td>
      <td class="issue-what">
        <b>{issue.title}</b>
        <p class="muted small">{visible(issue.reason)}</p>
      </td>
      <td class="right num strong" data-label="value">{value}</td>
      <td class="right num muted" data-label="reference">{reference}</td>
      <td class="right num" data-label="n">{n === null ? '–' : int(n)}</td>
      <td class="num issue-when">{whenOf(answer, issue)}</td>
    </tr>
  );
}
