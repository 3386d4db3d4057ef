import type { PerformanceAnswer } from '../../api/types';
import { PickOne, type Pick } from '../../components/PickOne';
import { number } from '../../format';
import { setQuery } from '../../state';
import { headlines, titleOf, valueOf, type Catalogue } from './metrics';

interface MetricPickerProps {
  performance: PerformanceAnswer;
  metric: string | null;
  catalogue: Catalogue;
}

/** The metrics that most ask for side by side, the others in a list with their values. */
export function MetricPicker({ performance, metric, catalogue }: MetricPickerProps) {
  const names = performance.total.map((one) => one.metric);
  if (names.length < 2) return null;
  const first = headlines(performance.task, names, catalogue);
  const pick = (name: string): Pick => {
    const value = valueOf(performance.total, name)?.value;
    return { key: name, label: titleOf(name, catalogue), note: value == null ? '–' : number(value), title: catalogue.get(name)?.expression ?? undefined };
  };
  return (
    <PickOne
      label="Metric"
      first={first.map(pick)}
      others={names.filter((name) => !first.includes(name)).map(pick)}
      value={metric ?? ''}
      onChoose={(name) => setQuery({ metric: name })}
      testId="more-metrics"
    />
  );
}
