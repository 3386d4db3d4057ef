import type { RowAnswer, RowDetailAnswer } from '../../api/types';
import { Name } from '../../components/Name';
import { percent } from '../../format';
import { Value } from './values';

/** The features, each with where its value lies in the reference. */
export function Features({ detail, row }: { detail: RowDetailAnswer; row: RowAnswer }) {
  const features = Object.entries(row.features);
  const { position_reference: reference, positions } = detail;
  return (
    <section aria-label="Features">
      <h3>Features</h3>
      {features.length === 0 ? (
        <p class="muted">This prediction carries no features.</p>
      ) : (
        <table class="stats">
          <thead>
            <tr>
              <th scope="col">Feature</th>
              <th scope="col">Value</th>
              <th scope="col" class="right">
                {reference ? (
                  <>
                    In <Name text={reference} />
                  </>
                ) : (
                  'In the reference'
                )}
              </th>
            </tr>
          </thead>
          <tbody>
            {features.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">
                  <Name text={name} mono />
                </th>
                <td class="num">
                  <Value value={value} />
                </td>
                <td class="right num">
                  <Position share={positions[name]} numeric={typeof value === 'number'} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {reference && <p class="muted small sub">Numbers: the share of the reference at or below the value. Categories: the share of the reference that has it.</p>}
    </section>
  );
}

function Position({ share, numeric }: { share: number | undefined; numeric: boolean }) {
  if (share === undefined) return <span class="muted">–</span>;
  return (
    <>
      <span class="position" aria-hidden="true">
        <i style={{ left: `${share * 100}%` }} />
      </span>
      <span title={numeric ? 'At or below in the reference' : 'Of the reference'}>{percent(share, 0)}</span>
    </>
  );
}
