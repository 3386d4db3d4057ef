import { useState } from 'preact/hooks';
import type { DriftBin } from '../api/types';
import { percent, points } from '../format';
import { categoryRows, type CategoryRow } from './categories';
import { fitted, plainName } from './labels';
import { Live, spoken, Tooltip, type Reading } from './Tooltip';
import { useReader } from './useReader';
import { useWidth } from './useWidth';

interface CategoryBarsProps {
  id: string;
  title: string;
  bins: readonly DriftBin[];
  hasReference: boolean;
  statistic?: string;
}

const ROW = 27;
const FIRST = 12;
/** A difference from here on is written strongly. */
const NOTABLE = 0.03;

export function CategoryBars({ id, title, bins, hasReference, statistic }: CategoryBarsProps) {
  const [ref, width] = useWidth<HTMLDivElement>(420);
  const [all, showAll] = useState(false);
  const { rows, hidden } = categoryRows(bins, all ? 200 : FIRST, hasReference);
  const reader = useReader(rows.length);
  const names = Math.min(140, Math.max(84, width * 0.28));
  const figures = hasReference ? 122 : 62;
  const plot = Math.max(40, width - names - figures - 22);
  const most = Math.max(...rows.flatMap((row) => [row.share, row.reference ?? 0]), 1e-9);
  const x = (share: number): number => (share / most) * plot;
  const strongest = Math.max(...rows.map((row) => Math.abs(row.contribution ?? 0)));
  const chosen = reader.index === null ? null : (rows[reader.index] ?? null);
  const readings = chosen ? readingsOf(chosen, statistic) : [];
  return (
    <div class="chart categories" ref={ref} data-testid={`chart-${id}`}>
      <svg
        class="focusable"
        width={width}
        height={rows.length * ROW + 6}
        role="application"
        aria-roledescription="bar chart"
        aria-label={`${title}. Arrow keys read the categories.`}
        {...reader.keys}
      >
        {rows.map((row, at) => (
          <g key={row.label + at} transform={`translate(0,${at * ROW + 3})`} class={at === reader.index ? 'category on' : 'category'}>
            <title>{plainName(row.label, 400)}</title>
            {row.contribution !== null && strongest > 0 && (
              <rect class="strip" width={4} height={ROW - 7} style={{ opacity: 0.06 + 0.94 * Math.sqrt(Math.abs(row.contribution) / strongest) }} />
            )}
            <text class={row.special ? 'category-name special' : 'category-name'} x={11} y={14}>
              {fitted(row.label, names - 14)}
            </text>
            <rect class="share-bar" data-bin={at} x={names} width={x(row.share)} height={ROW - 7} rx={2} />
            {row.reference !== null && <rect class="reference-tick" x={names + x(row.reference) - 1} y={-3} width={2} height={ROW - 1} />}
            <text class="figure" x={names + plot + 62} y={14} text-anchor="end">
              {percent(row.share)}
            </text>
            {row.reference !== null && (
              <text class={Math.abs(row.share - row.reference) >= NOTABLE ? 'figure strong' : 'figure quiet'} x={width - 1} y={14} text-anchor="end">
                {points(row.share - row.reference)}
              </text>
            )}
            <rect class="hit plain" y={-3} width={width} height={ROW} onPointerEnter={() => reader.read(at)} onPointerLeave={() => reader.read(null)} />
          </g>
        ))}
      </svg>
      {chosen && <Tooltip title={plainName(chosen.label, 60)} readings={readings} left={names + plot / 2} top={((reader.index ?? 0) + 1) * ROW + 4} flip={false} />}
      {hidden > 0 && (
        <button class="link small" onClick={() => showAll(true)}>
          Show {Math.min(hidden, 200 - FIRST)} more categories
        </button>
      )}
      <Live text={chosen ? spoken(plainName(chosen.label), readings) : ''} />
    </div>
  );
}

function readingsOf(row: CategoryRow, statistic: string | undefined): Reading[] {
  return [
    ...(row.reference === null ? [] : [{ label: 'Reference', value: percent(row.reference), swatch: 'reference' as const }]),
    { label: 'Current', value: percent(row.share), swatch: 'current' },
    ...(row.contribution === null || !statistic
      ? []
      : [{ label: `Share of ${statistic}`, value: percent(row.contribution, 0), swatch: 'contribution' as const }]),
  ];
}
