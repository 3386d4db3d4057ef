import type { RowAnswer } from '../../api/types';
import { Name } from '../../components/Name';
import { number, signed } from '../../format';
import { shapOf, waterfall } from './shap';
import { label, valueText } from './values';

const THREE = (value: number): string => number(value, 3);

/** How each feature moved this prediction, from 0 to the sum of all SHAP values. */
export function Shap({ row }: { row: RowAnswer }) {
  const { steps, zero, total } = waterfall(shapOf(row.shap_values, label(row.value)));
  if (steps.length === 0) return null;
  return (
    <section aria-label="SHAP values">
      <div class="section-title">
        <h3>SHAP values</h3>
        <div class="grow" />
        <span class="muted small">
          <i class="shap-key up" /> raises <i class="shap-key" /> lowers · sum {signed(total, THREE)}
        </span>
      </div>
      <ul class="shap">
        {steps.map(({ name, value, from, to }) => (
          <li key={name}>
            <span class="shap-value" title={name in row.features ? `${name} = ${valueText(row.features[name])}` : undefined}>
              <Name text={name} mono />
            </span>
            <span class="shap-track" style={{ '--zero': `${zero * 100}%` }}>
              <i class={value >= 0 ? 'up' : ''} style={{ left: `${Math.min(from, to) * 100}%`, width: `${Math.abs(to - from) * 100}%` }} />
            </span>
            <span class="right num">{signed(value, THREE)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
