import { Icon } from './icons';
import { Popover } from './Popover';
import { Segmented } from './Segmented';

export interface Pick {
  key: string;
  label: string;
  /** What stands beside it in the list, such as its value. */
  note?: string | undefined;
  title?: string | undefined;
}

interface PickOneProps {
  label: string;
  /** Those that most ask for, side by side. */
  first: readonly Pick[];
  /** The others, in a list. */
  others: readonly Pick[];
  value: string;
  onChoose: (key: string) => void;
  testId: string;
}

/** One of many: the usual ones side by side, the others in a list. */
export function PickOne({ label, first, others, value, onChoose, testId }: PickOneProps) {
  const shown = others.find((other) => other.key === value);
  return (
    <div class="metric-picker">
      {first.length > 0 && <Segmented label={label} options={first} value={value} onChoose={onChoose} />}
      {others.length > 0 && (
        <Popover
          testId={testId}
          class={shown ? 'button chosen' : 'button'}
          end
          face={
            <>
              {shown ? shown.label : `${others.length} more`}
              <Icon name="down" size={12} />
            </>
          }
        >
          {(close) =>
            others.map(({ key, label: text, note, title }) => (
              <button
                key={key}
                type="button"
                class="option"
                aria-pressed={key === value}
                data-testid={`choose-${key}`}
                title={title}
                onClick={() => {
                  onChoose(key);
                  close();
                }}
              >
                {text}
                {note !== undefined && <small class="num">{note}</small>}
              </button>
            ))
          }
        </Popover>
      )}
    </div>
  );
}
