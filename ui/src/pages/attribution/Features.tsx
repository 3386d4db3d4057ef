import { useLayoutEffect, useMemo } from 'preact/hooks';
import type { AttributionAnswer, DriftAnswer, VersionAnswer } from '../../api/types';
import { Downloads } from '../../charts/ChartCard';
import { useWidth } from '../../charts/useWidth';
import { Icon } from '../../components/icons';
import { SortHead, sorting } from '../../components/SortHead';
import { useVirtual } from '../../components/useVirtual';
import { int } from '../../format';
import { referenceText } from '../../references';
import { query, setQuery } from '../../state';
import { titleOf, type Catalogue } from '../overview/metrics';
import { about } from '../overview/page';
import { attributionTable, reach, rowsOf, sortRows, type FeatureRow as Row } from './attribution';
import { FeatureRow } from './FeatureRow';

interface FeaturesProps {
  version: VersionAnswer;
  answer: AttributionAnswer;
  drift: DriftAnswer | null;
  catalogue: Catalogue;
}

const STANDARD = { sort: 'impact', dir: 'desc' } as const;
const ROW = 37;
const MOST_HEIGHT = 30 + 24 * ROW;
const COLUMNS = 9;
/** Below this width bars are short, so that figures stay in sight. */
const ROOMY = 760;

/** Every feature with what it decides, the one first whose drift weighs most. Only rows in sight are drawn. */
export function Features({ version, answer, drift, catalogue }: FeaturesProps) {
  const { q } = query.value;
  const [card, width] = useWidth<HTMLElement>();
  const { sort, dir } = sorting(STANDARD);
  const rows = useMemo(() => sortRows(rowsOf(answer, drift, q), sort, dir), [answer, drift, q, sort, dir]);
  const { reference } = answer;
  const compared = answer.features.find(({ total }) => total.n_reference > 0)?.total.n_reference;
  const statistic = titleOf(drift?.statistic ?? query.value.statistic, catalogue);
  return (
    <section class="card flush" ref={card} aria-labelledby="features-title" data-testid="features">
      <div class="card-head">
        <h2 id="features-title">Features</h2>
        <span class="muted">{reference && compared !== undefined ? `against ${referenceText(reference.name)}, ${int(compared)} rows` : 'mean |SHAP| with its 95 % interval'}</span>
        <div class="grow" />
        <div class="chart-key in-head">
          <span>
            <i class="swatch current" />
            current
          </span>
          {compared !== undefined && (
            <span>
              <i class="swatch reference" />
              reference
            </span>
          )}
        </div>
        <label class="field drift-filter">
          <Icon name="search" size={13} />
          <input placeholder="Filter features" aria-label="Filter features" data-testid="feature-filter" value={q} onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })} />
        </label>
        <Downloads name="attribution" table={() => attributionTable(rows)} heading={{ title: 'Attribution', about: about(version, answer.window, reference?.name) }} />
      </div>
      <Table rows={rows} most={reach(answer.features)} bar={width < ROOMY ? 72 : 190} statistic={statistic} />
      <p class="note">
        Impact is drift in units of the size that is drift, times importance: where to look first, and no estimate of what drift costs. Intervals take rows as independent.
      </p>
    </section>
  );
}

function Table({ rows, most, bar, statistic }: { rows: readonly Row[]; most: number; bar: number; statistic: string }) {
  const { box, first, last, before, after } = useVirtual(rows.length, ROW);
  const { q, sort, dir } = query.value;
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
  }, [q, sort, dir]);
  return (
    <div class="table-wrap feature-rows" ref={box} style={{ maxHeight: `${MOST_HEIGHT}px` }} tabIndex={0} role="region" aria-label="Features, table">
      <table class="table" aria-rowcount={rows.length + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <SortHead column="feature" label="Feature" standard={STANDARD} first="asc" />
            <SortHead column="mean_absolute" label="Mean |SHAP|" standard={STANDARD} />
            <SortHead column="rank" label="Rank" standard={STANDARD} right first="asc" />
            <SortHead column="importance" label="Importance" standard={STANDARD} right />
            <SortHead column="drift" label={statistic} standard={STANDARD} right />
            <SortHead column="impact" label="Impact" standard={STANDARD} right />
            <th scope="col">Trend</th>
            <SortHead column="n" label="n" standard={STANDARD} right />
            <SortHead column="status" label="Status" standard={STANDARD} />
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Spacer height={before} />}
          {rows.slice(first, last).map((row, index) => (
            <FeatureRow key={row.total.feature} row={row} index={first + index} most={most} bar={bar} />
          ))}
          {after > 0 && <Spacer height={after} />}
          {rows.length === 0 && (
            <tr class="no-rows">
              <td colSpan={COLUMNS}>
                No feature matches.{' '}
                <button type="button" class="link" onClick={() => setQuery({ q: '' })}>
                  Clear the filter
                </button>
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const Spacer = ({ height }: { height: number }) => (
  <tr class="spacer" aria-hidden="true">
    <td colSpan={COLUMNS} style={{ height: `${height}px` }} />
  </tr>
);
