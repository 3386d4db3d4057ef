import { version } from '../../api/endpoints';
import type { VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { Skeleton, Trouble } from '../../components/states';
import { Head } from '../../components/Head';
import { NoteStrip } from '../../components/NoteStrip';
import { Toolbar } from '../../components/Toolbar';
import { linkTo, span } from '../../state';
import type { Route } from '../../router';
import { Attribution } from '../attribution/Attribution';
import { Overview } from '../overview/Overview';
import { PerformancePage } from '../performance/PerformancePage';
import { Predictions } from '../predictions/Predictions';
import { Quality } from '../quality/Quality';
import { Waiting } from '../waiting/Waiting';
import { NothingHere } from './NothingHere';
import { VersionHead } from './VersionHead';

type Here = Extract<Route, { page: 'version' }>;

/** One model version: what all its tabs share, and the tab. */
export function VersionPage({ here }: { here: Here }) {
  const asked = useAnswer(version(here.fqn));
  const known = asked.data;
  return (
    <>
      {known ? (
        <VersionHead here={here} version={known} />
      ) : (
        <Head title={`${here.model} v${here.version}`} crumbs={[{ label: 'Projects', href: linkTo({ page: 'projects' }) }, { label: here.project, href: linkTo({ page: 'project', project: here.project, part: 'models' }) }, { label: here.model }]} />
      )}
      <NoteStrip note={known?.note ?? null} />
      {known && known.n_predictions > 0 && <Toolbar version={known} filtered={here.tab !== 'predictions'} />}
      <main class="page" id="main" tabIndex={-1}>
        {asked.error && <Trouble problem={asked.error} />}
        {known ? <Content here={here} version={known} /> : !asked.error && <Skeleton height={480} />}
      </main>
    </>
  );
}

function Content({ here, version }: { here: Here; version: VersionAnswer }) {
  if (version.n_predictions === 0) return <Waiting version={version} />;
  if (outside(version)) return <NothingHere version={version} />;
  switch (here.tab) {
    case 'overview':
      return <Overview version={version} />;
    case 'performance':
      return <PerformancePage version={version} />;
    case 'quality':
      return <Quality version={version} />;
    case 'attribution':
      return <Attribution version={version} />;
    case 'predictions':
      return <Predictions version={version} />;
  }
}

/** Whether the page's range lies wholly before the first or after the last prediction. */
function outside({ first_at, last_at }: VersionAnswer): boolean {
  const { start, end } = span.value;
  return first_at !== null && last_at !== null && (Date.parse(last_at) < start || Date.parse(first_at) >= end);
}
