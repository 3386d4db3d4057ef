import { useEffect, useState } from 'preact/hooks';
import type { VersionAnswer } from '../api/types';
import { asking } from '../api/useAnswer';
import { copyText } from '../clipboard';
import { ago, instant } from '../format';
import { live, refresh } from '../live';
import { now, shareUrl } from '../state';
import { FilterBox } from './FilterBox';
import { Icon } from './icons';
import { RangePicker } from './RangePicker';
import { ReferencePicker } from './ReferencePicker';

/** What the whole page is about: window and reference, how fresh it is, and how to pass it on. */
export function Toolbar({ version, filtered = false }: { version?: VersionAnswer | undefined; filtered?: boolean }) {
  return (
    <div class="bar" role="region" aria-label="Range, reference and filter">
      <RangePicker />
      {version && <ReferencePicker version={version} />}
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
