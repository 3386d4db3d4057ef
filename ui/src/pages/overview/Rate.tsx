import type { PerformanceAnswer, VersionAnswer, VolumeAnswer } from '../../api/types';
import { plainName } from '../../charts/labels';
import { lineDomain } from '../../charts/scale';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Reading } from '../../charts/Tooltip';
import { int, number, percent } from '../../format';
import { referenceText } from '../../references';
import { brush, spanOf, timesOf } from './page';

interface RateProps {
  version: VersionAnswer;
  volume: VolumeAnswer;
  performance: PerformanceAnswer;
}

/** How often the positive class is predicted, or the mean prediction of a regressor, against the reference. */
export function Rate({ version, volume, performance }: RateProps) {
  const rates = volume.prediction_rate;
  if (rates.every((rate) => rate === null)) return null;
  const share = performance.task !== 'regression';
  const positive = version.positive_class;
  const title = !share ? 'Mean prediction' : positive ? `Predicted “${plainName(positive, 30)}” rate` : 'Predicted positive rate';
  const write = (value: number): string => (share ? percent(value) : number(value));
  const before = volume.prediction_rate_reference;
  const read = (index: number): Reading[] => {
    const rate = rates[index] ?? null;
    return [
      { label: share ? 'Rate' : 'Mean', value: rate === null ? 'no predictions' : write(rate), swatch: 'current' },
      ...(before === null ? [] : [{ label: `Reference ${referenceText(volume.reference?.name ?? '')}`, value: write(before), swatch: 'reference' as const }]),
      { label: 'Predictions', value: int(volume.predictions[index] ?? 0), apart: true },
    ];
  };
  return (
    <>
      <div class="sub-head rule">{title}</div>
      <TimeSeries
        id="rate"
        title={`${title} over time`}
        starts={timesOf(volume.starts)}
        stepMs={volume.step_s * 1000}
        domain={spanOf(volume.window)}
        yDomain={lineDomain([...rates, before], share ? [0, 1] : [null, null])}
        height={120}
        yTicks={3}
        margin={{ left: 38, right: 62, top: 10 }}
        tick={(value, decimals) => (share ? `${(value * 100).toFixed(Math.max(0, decimals - 2))}%` : value.toFixed(decimals))}
        lines={[{ key: 'rate', values: rates, end: write }]}
        levels={before === null ? [] : [{ value: before, label: 'reference', tone: 'reference' }]}
        read={read}
        onBrush={brush}
      />
    </>
  );
}
