import { useState } from 'preact/hooks';
import { spanText } from '../format';
import { iso, PRESETS, type Span } from '../range';
import { now, query, setQuery, setSpan, span } from '../state';
import { Icon } from './icons';
import { Popover } from './Popover';
import { recentSpans, rememberSpan } from '../recent';

/** The page's window: a preset that ends now, or two instants. */
export function RangePicker() {
  const { range, start } = query.value;
  const preset = start ? undefined : PRESETS.find((known) => known.key === range);
  const face = preset?.label ?? spanText(span.value.start, span.value.end);
  return (
    <Popover
      more=" UTC"
      testId="range"
      face={
        <>
          <Icon name="clock" size={14} />
          <span class="label">Range</span>
          <b class="num">{face}</b>
          <Icon name="down" size={13} />
        </>
      }
    >
      {(close) => (
        <div class="range-panel">
          <div role="group" aria-label="Presets">
            {PRESETS.map((known) => (
              <button
                key={known.key}
                type="button"
                class="option"
                aria-pressed={known === preset}
                data-testid={`range-${known.key}`}
                onClick={() => {
                  setQuery({ range: known.key, start: '', end: '' });
                  close();
                }}
              >
                {known.label}
              </button>
            ))}
          </div>
          <Exact close={close} />
        </div>
      )}
    </Popover>
  );
}

const toMinute = (ms: number): number => Math.floor(ms / 60_000) * 60_000;
const local = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

/** Two instants to write, UTC; NaN where one is none. */
export function LocalSpan({ picked, put }: { picked: Span; put: (picked: Span) => void }) {
  const [from, putFrom] = useState(local(picked.start));
  const [to, putTo] = useState(local(picked.end));
  const read = (start: string, end: string): void => put({ start: Date.parse(`${start}Z`), end: Date.parse(`${end}Z`) });
  return (
    <>
      <label class="dated">
        From
        <input
          type="datetime-local"
          value={from}
          onInput={({ currentTarget: { value } }) => {
            putFrom(value);
            read(value, to);
          }}
        />
      </label>
      <label class="dated">
        To
        <input
          type="datetime-local"
          value={to}
          max={local(now.value + 86_400_000)}
          onInput={({ currentTarget: { value } }) => {
            putTo(value);
            read(from, value);
          }}
        />
      </label>
    </>
  );
}

function Exact({ close }: { close: () => void }) {
  const [chosen, put] = useState<Span>(() => ({ start: toMinute(span.value.start), end: toMinute(span.value.end) }));
  const apply = (picked: Span): void => {
    rememberSpan(picked);
    setSpan(picked);
    close();
  };
  const recent = recentSpans();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen.start < chosen.end) apply(chosen);
      }}
    >
      <p class="group-title">From and to, UTC</p>
      <LocalSpan picked={chosen} put={put} />
      <button type="submit" class="button primary" disabled={!(chosen.start < chosen.end)}>
        Show this range
      </button>
      {recent.length > 0 && <p class="group-title">Recent</p>}
      {recent.map((old) => (
        <button key={iso(old.start) + iso(old.end)} type="button" class="option num" onClick={() => apply(old)}>
          {spanText(old.start, old.end)}
        </button>
      ))}
    </form>
  );
}
