import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { fleet } from '../api/endpoints';
import type { FleetVersion } from '../api/types';
import { useAnswer } from '../api/useAnswer';
import { fqnOf, readFqn } from '../fqn';
import { worstFirst } from '../order';
import { asked, linkTo, pathname, route } from '../state';
import { WORDS } from '../statuses';
import { Icon, StatusMark, type IconName } from './icons';
import { dialog } from './keys';
import { Name } from './Name';

/** Whether the sidebar covers the page, on a narrow screen. */
export const sidebarOpen = signal(false);
const SHOWN = 12;

export function Sidebar() {
  useEffect(() => {
    sidebarOpen.value = false;
  }, [pathname.value]);
  return (
    <nav class={sidebarOpen.value ? 'side open' : 'side'} aria-label="Main" id="sidebar">
      <a class="brand" href={linkTo({ page: 'fleet' })}>
        <span class="logo">
          <Icon name="pulse" size={16} />
        </span>
        mlfoundry
      </a>
      <button type="button" class="find" onClick={() => (dialog.value = 'search')} data-testid="search">
        <Icon name="search" size={14} />
        Search
        <kbd>/</kbd>
      </button>
      <ul>
        <Place icon="grid" label="Fleet" href={linkTo({ page: 'fleet' })} here={route.value.page === 'fleet'} />
        <Place icon="flask" label="Projects" href={linkTo({ page: 'projects' })} here={['projects', 'project', 'run', 'model'].includes(route.value.page)} />
        <Place icon="terminal" label="Send data" href={linkTo({ page: 'send' })} here={route.value.page === 'send'} />
      </ul>
      <Versions />
      <ul class="side-end">
        <li>
          <a href="/docs" data-outside>
            <Icon name="table" />
            API reference
          </a>
        </li>
        <li>
          <a
            href="#keys"
            onClick={(event) => {
              event.preventDefault();
              dialog.value = 'keys';
            }}
          >
            <Icon name="keyboard" />
            Keyboard
          </a>
        </li>
      </ul>
    </nav>
  );
}

interface PlaceProps {
  icon: IconName;
  label: string;
  href: string;
  here: boolean;
}

const Place = ({ icon, label, href, here }: PlaceProps) => (
  <li>
    <a href={href} aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      {label}
    </a>
  </li>
);

/** The monitored versions, worst first. */
function Versions() {
  const { data } = useAnswer(fleet(asked.value.start, asked.value.end));
  if (!data || data.versions.length === 0) return null;
  const versions = [...data.versions].sort(worstFirst);
  return (
    <div>
      <h2>Monitored versions</h2>
      <ul class="versions">
        {versions.slice(0, SHOWN).map((version) => (
          <VersionPlace key={version.fqn} version={version} />
        ))}
      </ul>
      {versions.length > SHOWN && (
        <p class="more">
          <a class="link" href={linkTo({ page: 'fleet' })}>
            All {versions.length} versions
          </a>
        </p>
      )}
    </div>
  );
}

function VersionPlace({ version }: { version: FleetVersion }) {
  const name = readFqn(version.fqn);
  if (!name) return null;
  const here = route.value.page === 'version' && route.value.fqn === fqnOf(name.tenant, name.project, name.model, name.version);
  const href = linkTo({ page: 'version', tab: 'overview', tenant: name.tenant, project: name.project, model: name.model, version: version.version, fqn: version.fqn });
  return (
    <li>
      <a href={href} aria-current={here ? 'page' : undefined} title={`${version.fqn}: ${WORDS[version.status]}`}>
        <StatusMark status={version.status} />
        <span class="sr">{WORDS[version.status]}: </span>
        <Name text={version.model} />
        <small class="num">v{version.version}</small>
      </a>
    </li>
  );
}
