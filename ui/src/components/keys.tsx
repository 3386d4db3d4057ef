import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { fleet, projects } from '../api/endpoints';
import { useAnswer } from '../api/useAnswer';
import { readFqn } from '../fqn';
import { asked, go, linkTo, route } from '../state';
import { TABS, type Tab } from '../router';
import { visible } from '../visible';
import { Icon } from './icons';
import { Modal } from './Modal';

/** The dialog that is open over the page. */
export const dialog = signal<'search' | 'keys' | null>(null);

const LETTERS: Record<string, { label: string; url: () => string | null }> = {
  f: { label: 'Fleet', url: () => linkTo({ page: 'fleet' }) },
  p: { label: 'Projects', url: () => linkTo({ page: 'projects' }) },
  s: { label: 'Send data', url: () => linkTo({ page: 'send' }) },
  o: { label: 'Overview of this version', url: () => tab('overview') },
  m: { label: 'Performance (metrics) of this version', url: () => tab('performance') },
  d: { label: 'Data quality of this version', url: () => tab('quality') },
  a: { label: 'Attribution of this version', url: () => tab('attribution') },
  r: { label: 'Predictions (rows) of this version', url: () => tab('predictions') },
};

function tab(name: Tab): string | null {
  const here = route.peek();
  return here.page === 'version' && TABS.includes(name) ? linkTo({ ...here, tab: name }) : null;
}

const SECOND_KEY_MS = 1200;
const writes = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** `/` searches, `g` and a letter goes to a page, `?` shows this list. */
export function useKeys(): void {
  useEffect(() => {
    let pressed = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || writes(event.target) || dialog.peek()) return;
      const second = event.timeStamp - pressed < SECOND_KEY_MS;
      pressed = 0;
      if (event.key === '/') dialog.value = 'search';
      else if (event.key === '?') dialog.value = 'keys';
      else if (event.key === 'g' && !second) pressed = event.timeStamp;
      else if (second) {
        const url = LETTERS[event.key]?.url();
        if (!url) return;
        go(url);
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

const close = (): void => {
  dialog.value = null;
};

export function Dialogs() {
  if (dialog.value === 'keys') return <Keys />;
  if (dialog.value === 'search') return <Search />;
  return null;
}

const Key = ({ keys, children }: { keys: string[]; children: string }) => (
  <>
    <dt>
      {keys.map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </dt>
    <dd>{children}</dd>
  </>
);

const Keys = () => (
  <Modal as="box" label="Keyboard" onClose={close}>
    <div class="dialog">
      <h2>Keyboard</h2>
      <dl class="keys">
        <Key keys={['/']}>Search versions, models and projects</Key>
        {Object.entries(LETTERS).map(([letter, place]) => (
          <Key key={letter} keys={['g', letter]}>
            {place.label}
          </Key>
        ))}
        <Key keys={['↑', '↓']}>Move in a table; the panel follows</Key>
        <Key keys={['←', '→']}>Read a chart's values</Key>
        <Key keys={['Enter']}>Open the row</Key>
        <Key keys={['Esc']}>Close what is open</Key>
        <Key keys={['?']}>This list</Key>
      </dl>
    </div>
  </Modal>
);

interface Hit {
  key: string;
  title: string;
  about: string;
  url: string;
}

const MOST = 8;

function useHits(wanted: string): Hit[] {
  const versions = useAnswer(fleet(asked.value.start, asked.value.end)).data?.versions;
  const repos = useAnswer(projects()).data;
  return useMemo(() => {
    const hits: Hit[] = [];
    for (const { fqn, version } of versions ?? []) {
      const name = readFqn(fqn);
      if (!name) continue;
      const url = linkTo({ page: 'version', tab: 'overview', tenant: name.tenant, project: name.project, model: name.model, version, fqn });
      hits.push({ key: fqn, title: `${name.model} v${version}`, about: fqn, url });
    }
    for (const { name } of repos ?? []) hits.push({ key: `project:${name}`, title: name, about: 'project', url: linkTo({ page: 'project', project: name, part: 'models' }) });
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    return hits.filter((hit) => words.every((word) => `${hit.title} ${hit.about}`.toLowerCase().includes(word))).slice(0, MOST);
  }, [versions, repos, wanted]);
}

function Search() {
  const [wanted, want] = useState('');
  const [at, put] = useState(0);
  const hits = useHits(wanted);
  const open = (hit: Hit | undefined): void => {
    if (!hit) return;
    close();
    go(hit.url);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') open(hits[at]);
    else if (event.key === 'ArrowDown') put(Math.min(at + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') put(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <Modal as="box" label="Search" onClose={close}>
      <div class="dialog">
        <label class="field">
          <Icon name="search" size={15} />
          <span class="sr">Search</span>
          <input
            placeholder="A version, a model, a project, or an FQN"
            role="combobox"
            aria-expanded={hits.length > 0}
            aria-controls="hits"
            aria-activedescendant={hits[at] ? `hit-${at}` : undefined}
            value={wanted}
            onKeyDown={onKeyDown}
            onInput={(event) => {
              want(event.currentTarget.value);
              put(0);
            }}
          />
        </label>
        <div role="listbox" id="hits" aria-label="Found">
          {hits.map((hit, index) => (
            <div key={hit.key} id={`hit-${index}`} class="option" role="option" aria-selected={index === at} onClick={() => open(hit)} onPointerMove={() => put(index)}>
              <span class="name">{visible(hit.title)}</span>
              <small class="name">{visible(hit.about)}</small>
            </div>
          ))}
        </div>
        {hits.length === 0 && <p class="empty small">Nothing of this name.</p>}
      </div>
    </Modal>
  );
}
