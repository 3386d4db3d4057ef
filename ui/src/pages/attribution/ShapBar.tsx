import type { FeatureAttribution } from '../../api/types';
import { number } from '../../format';

interface ShapBarProps {
  total: FeatureAttribution;
  /** What the whole width stands for. */
  most: number;
  width: number;
}

const HEIGHT = 20;

/** Mean |SHAP| as a bar with its interval, and the reference's as a dashed line. */
export function ShapBar({ total, most, width }: ShapBarProps) {
  const x = (value: number): number => (most > 0 ? (value / most) * (width - 4) : 0);
  const { mean_absolute: value, lower, upper, mean_absolute_reference: before } = total;
  const text = `${value === null ? 'no value' : number(value)}${before === null ? '' : `, reference ${number(before)}`}`;
  return (
    <svg class="shap-bar" width={width} height={HEIGHT} role="img" aria-label={text}>
      {value !== null && <rect class="share-bar" y={4} width={Math.max(1, x(value))} height={HEIGHT - 8} rx={2} />}
      {lower !== null && upper !== null && <path class="shap-whisker" d={`M${x(lower)},${HEIGHT / 2 - 3}v6m0,-3H${x(upper)}m0,-3v6`} />}
      {before !== null && <line class="level reference" x1={x(before)} x2={x(before)} y1={0} y2={HEIGHT} />}
    </svg>
  );
}
