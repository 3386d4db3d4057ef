import type { ResidualsAnswer } from '../api/types';
import { number } from '../format';
import { Histogram } from './Histogram';

/** Prediction less actual, in shares of rows, with a line at zero. */
export function ResidualHistogram({ residuals, height }: { residuals: ResidualsAnswer; height?: number }) {
  const { edges, shares, reference_shares } = residuals;
  const inside = shares.reduce((sum, share) => sum + share, 0);
  const distribution = {
    edges,
    shares,
    reference_shares,
    below: 0,
    above: 0,
    reference_below: null,
    reference_above: null,
  };
  return (
    <>
      <Histogram
        id="residuals"
        title="Residuals: share of rows by prediction less actual"
        distribution={distribution}
        mark={{ value: 0, label: 'no error' }}
        height={height ?? 200}
        write={number}
      />
      {inside < 0.999 && <p class="note">{((1 - inside) * 100).toFixed(1)} % of the rows lie outside these edges.</p>}
    </>
  );
}
