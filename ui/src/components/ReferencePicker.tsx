import { useState } from 'preact/hooks';
import type { VersionAnswer } from '../api/types';
import { choices, defaultReference, fixedReference, fixedSpan, referenceText } from '../references';
import { query, setQuery, span } from '../state';
import { Icon } from './icons';
import { Name } from './Name';
import { Popover } from './Popover';
import { LocalSpan } from './RangePicker';

/** What the page compares with: an uploaded set, the past, a span of time, or another version. */
export function ReferencePicker({ version }: { version: VersionAnswer }) {
  const standard = defaultReference(version);
  const chosen = query.value.reference || standard;
  const choose = (text: string): void => setQuery({ reference: text === standard ? '' : text });
  return (
    <Popover
      testId="reference"
      face={
        <>
          <Icon name="layers" size={14} />
          <span class="label">Reference</span>
          <b>
            <Name text={chosen ? referenceText(chosen) : 'none'} />
          </b>
          <Icon name="down" size={13} />
        </>
      }
    >
      {(close) => (
        <div class="range-panel references">
          <div role="group" aria-label="References">
            {choices(version).map(({ title, of }) => (
              <div key={title} role="group" aria-label={title}>
                <p class="group-title">{title}</p>
                {of.map(({ text, label, note }) => (
                  <button
                    key={text}
                    type="button"
                    class="option"
                    aria-pressed={text === chosen}
                    data-reference={text}
                    onClick={() => {
                      choose(text);
                      close();
                    }}
                  >
                    <Name text={label} />
                    {note && <small>{note}</small>}
                  </button>
                ))}
              </div>
            ))}
          </div>
          <Fixed
            chosen={chosen}
            apply={(text) => {
              choose(text);
              close();
            }}
          />
        </div>
      )}
    </Popover>
  );
}

function Fixed({ chosen, apply }: { chosen: string; apply: (text: string) => void }) {
  const [picked, put] = useState(() => fixedSpan(chosen, span.value));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (picked.start < picked.end) apply(fixedReference(picked));
      }}
    >
      <p class="group-title">A span of its own past, UTC</p>
      <LocalSpan picked={picked} put={put} />
      <button type="submit" class="button primary" disabled={!(picked.start < picked.end)}>
        Compare with it
      </button>
    </form>
  );
}
