import type { PerformanceAnswer } from '../../api/types';
import { Icon } from '../../components/icons';
import { Popover } from '../../components/Popover';
import { Segmented } from '../../components/Segmented';
import { number } from '../../format';
import { setQuery } from '../../state';
import { headlines, titleOf, valueOf, type Catalogue } from './metrics';

interface MetricPickerProps {
  performance: PerformanceAnswer;
  metric: string | null;
  catalogue: Catalogue;
}

const choose = (metric: string): void => setQuery({ metric });

/** The metrics that most ask for side by side, the others in a list with their values. */
export function MetricPicker({ performance, metric, catalogue }: MetricPickerProps) {
  const names = performance.total.map((one) => one.metric);
  if (names.length < 2) return null;
  const first = headlines(performance.task, names, catalogue);
  const others = names.filter((name) => !first.includes(name));
  const shown = metric !== null && others.includes(metric);
  return (
    <div class="metric-picker">
      <Segmented
        label="Metric"
        options={first.map((name) => ({ key: name, label: titleOf(name, catalogue) }))}
        value={metric ?? ''}
        onChoose={choose}
      />
      {others.length > 0 && (
        <Popover
          testId="more-metrics"
          class={shown ? 'button chosen' : 'button'}
          end
          face={
            <>
              {shown ? titleOf(metric, catalogue) : `${others.length} more`}
              <Icon name="down" size={12} />
            </>
          }
        >
          {(close) =>
            others.map((name) => {
              const value = valueOf(performance.total, name)?.value;
              return (
                <button
                  key={name}
                  type="button"
                  class="option"
                  aria-pressed={name === metric}
                  data-testid={`choose-${name}`}
                  title={catalogue.get(name)?.expression ?? undefined}
                  onClick={() => {
                    choose(name);
                    close();
                  }}
                >
                  {titleOf(name, catalogue)}
                  <small class="num">{value == null ? '–' : number(value)}</small>
                </button>
              );
            })
          }
        </Popover>
      )}
    </div>
  );
}
