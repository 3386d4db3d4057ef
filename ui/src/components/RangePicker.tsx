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

const local = (ms: number): string => new Date(ms).toISOString().slice(0, 16);

function Exact({ close }: { close: () => void }) {
  const [from, putFrom] = useState(local(span.value.start));
  const [to, putTo] = useState(local(span.value.end));
  const chosen: Span = { start: Date.parse(`${from}Z`), end: Date.parse(`${to}Z`) };
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
      <label class="dated">
        From
        <input type="datetime-local" value={from} onInput={(event) => putFrom(event.currentTarget.value)} />
      </label>
      <label class="dated">
        To
        <input type="datetime-local" value={to} max={local(now.value + 86_400_000)} onInput={(event) => putTo(event.currentTarget.value)} />
      </label>
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
