import { useEffect, useState } from 'preact/hooks';
import { copyText } from '../clipboard';
import { visibleCode } from '../visible';
import { Icon } from './icons';

interface CopyProps {
  text: string;
  /** What is copied, for those who do not see what stands beside it. */
  label: string;
  /** The icon alone. */
  bare?: boolean;
}

type Outcome = 'ready' | 'done' | 'refused';
const SHOWN_MS = 1600;
const WORD: Record<Outcome, string> = { ready: 'Copy', done: 'Copied', refused: 'Refused' };

export function Copy({ text, label, bare = false }: CopyProps) {
  const [outcome, put] = useState<Outcome>('ready');
  useEffect(() => {
    if (outcome === 'ready') return;
    const timer = setTimeout(() => put('ready'), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (event: Event): Promise<void> => {
    event.stopPropagation();
    put((await copyText(text)) ? 'done' : 'refused');
  };
  return (
    <button type="button" class={bare ? 'copy bare' : 'copy'} aria-label={`Copy ${label}`} title={`Copy ${label}`} data-testid="copy" onClick={copy}>
      <Icon name={outcome === 'done' ? 'check' : 'copy'} size={14} />
      {!bare && <span>{WORD[outcome]}</span>}
      <span class="sr" role="status">
        {outcome === 'done' ? `Copied ${label}` : outcome === 'refused' ? 'The browser refused to copy' : ''}
      </span>
    </button>
  );
}

/** A fully qualified name with its Copy button. */
export const Fqn = ({ fqn, label = 'FQN' }: { fqn: string; label?: string }) => (
  <div class="fqn">
    <code data-testid="fqn" title={fqn}>
      {fqn}
    </code>
    <Copy text={fqn} label={label} />
  </div>
);

/** A program to copy. */
export function Snippet({ text, label }: { text: string; label: string }) {
  const program = visibleCode(text);
  return (
    <div class="snippet">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{program}</code>
      </pre>
      <Copy text={program} label={label} />
    </div>
  );
}
