import { useEffect, useState } from 'preact/hooks';
import type { VersionAnswer } from '../api/types';
import { asking } from '../api/useAnswer';
import { copyText } from '../clipboard';
import { ago, compact, instant } from '../format';
import { live, refresh } from '../live';
import { now, query, setQuery, shareUrl } from '../state';
import { FilterBox } from './FilterBox';
import { Icon } from './icons';
import { Name } from './Name';
import { Popover } from './Popover';
import { RangePicker } from './RangePicker';

/** What the whole page is about: window and reference, how fresh it is, and how to pass it on. */
export function Toolbar({ version, filtered = false }: { version?: VersionAnswer | undefined; filtered?: boolean }) {
  return (
    <div class="bar" role="region" aria-label="Range, reference and filter">
      <RangePicker />
      {version && version.references.length > 0 && <ReferencePicker version={version} />}
      {version && filtered && <FilterBox version={version} />}
      <div class="grow" />
      {version?.last_at && (
        <span class="fresh" title={`Last prediction at ${instant(version.last_at)}`}>
          Last data {ago(version.last_at, now.value)}
        </span>
      )}
      <button
        type="button"
        class="button"
        aria-pressed={live.value}
        title="Ask again every 5 seconds"
        data-testid="live"
        onClick={() => {
          live.value = !live.value;
          if (live.value) refresh();
        }}
      >
        <span class="beat" />
        Live
      </button>
      <Share />
      {asking.value > 0 && !live.value && <div class="bar-busy" aria-hidden="true" />}
    </div>
  );
}

function ReferencePicker({ version }: { version: VersionAnswer }) {
  const standard = version.references.find((reference) => reference.is_default) ?? version.references[0];
  const chosen = query.value.reference || standard?.name || '';
  return (
    <Popover
      testId="reference"
      face={
        <>
          <Icon name="layers" size={14} />
          <span class="label">Reference</span>
          <b>
            <Name text={chosen} />
          </b>
          <Icon name="down" size={13} />
        </>
      }
    >
      {(close) =>
        version.references.map((reference) => (
          <button
            key={reference.name}
            type="button"
            class="option"
            aria-pressed={reference.name === chosen}
            onClick={() => {
              setQuery({ reference: reference.is_default ? '' : reference.name });
              close();
            }}
          >
            <Name text={reference.name} />
            <small>
              {compact(reference.n)} rows{reference.is_default && ' · default'}
            </small>
          </button>
        ))
      }
    </Popover>
  );
}

function Share() {
  const [copied, put] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => put(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      class="button"
      title="Copy the address of exactly this view"
      data-testid="share"
      onClick={async () => put(await copyText(shareUrl()))}
    >
      <Icon name={copied ? 'check' : 'share'} size={14} />
      {copied ? 'Link copied' : 'Share'}
    </button>
  );
}
