import { fleet } from '../../api/endpoints';
import type { VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Fqn } from '../../components/Copy';
import { Head, Tabs } from '../../components/Head';
import { Icon } from '../../components/icons';
import { Popover } from '../../components/Popover';
import { Status } from '../../components/Status';
import { fqnOf } from '../../fqn';
import { TABS, type Route, type Tab } from '../../router';
import { asked, go, linkTo } from '../../state';

type Here = Extract<Route, { page: 'version' }>;

const LABELS: Record<Tab, string> = {
  overview: 'Overview',
  performance: 'Performance',
  quality: 'Data quality',
  attribution: 'Attribution',
  predictions: 'Predictions',
};

/** Where one is, which version it is, how it does, and its name to copy. */
export function VersionHead({ here, version }: { here: Here; version: VersionAnswer }) {
  const waiting = version.n_predictions === 0;
  return (
    <Head
      title={here.model}
      crumbs={[
        { label: 'Projects', href: linkTo({ page: 'projects' }) },
        { label: here.project, href: linkTo({ page: 'project', project: here.project, part: 'models' }) },
        { label: here.model, href: linkTo({ page: 'model', tenant: here.tenant, project: here.project, model: here.model }) },
        { label: `v${here.version}` },
      ]}
      beside={
        <>
          <Versions here={here} versions={version.versions} />
          {waiting ? <Status status="waiting" /> : <Verdict fqn={here.fqn} />}
          <Fqn fqn={here.fqn} label="model version FQN" />
        </>
      }
    >
      {waiting ? null : <Tabs label="Parts of this version" tabs={TABS.map((tab) => ({ key: tab, label: LABELS[tab], href: linkTo({ ...here, tab }), here: tab === here.tab }))} />}
    </Head>
  );
}

function Verdict({ fqn }: { fqn: string }) {
  const found = useAnswer(fleet(asked.value.start, asked.value.end)).data?.versions.find((version) => version.fqn === fqn);
  if (!found) return null;
  const columns = found.drifted === 1 ? '1 column' : `${found.drifted} columns`;
  return <Status status={found.status} more={found.drifted > 0 ? columns : undefined} />;
}

const Versions = ({ here, versions }: { here: Here; versions: readonly number[] }) => (
  <Popover
    more=", switch version"
    testId="versions"
    class="button version-switch"
    face={
      <>
        <span class="num">v{here.version}</span>
        <Icon name="down" size={13} />
      </>
    }
  >
    {(close) =>
      versions.map((number, index) => (
        <button
          key={number}
          type="button"
          class="option num"
          aria-pressed={number === here.version}
          onClick={() => {
            close();
            go(linkTo({ ...here, version: number, fqn: fqnOf(here.tenant, here.project, here.model, number) }));
          }}
        >
          v{number}
          {index === 0 && <small>latest</small>}
        </button>
      ))
    }
  </Popover>
);
