import { Dialogs, useKeys } from './components/keys';
import { Head } from './components/Head';
import { Sidebar, sidebarOpen } from './components/Sidebar';
import { Empty } from './components/states';
import { Fleet } from './pages/fleet/Fleet';
import { Model } from './pages/projects/Model';
import { Project } from './pages/projects/Project';
import { Projects } from './pages/projects/Projects';
import { Run } from './pages/projects/Run';
import { Send } from './pages/send/Send';
import { VersionPage } from './pages/version/VersionPage';
import { linkTo, route } from './state';

export function App() {
  useKeys();
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Sidebar />
      {sidebarOpen.value && <div class="side-scrim" onClick={() => (sidebarOpen.value = false)} />}
      <div class="column">
        <Page />
      </div>
      <Dialogs />
    </>
  );
}

/** The page of the route; another subject is another page, so that no figure stands under a name it does not belong to. */
function Page() {
  const here = route.value;
  switch (here.page) {
    case 'fleet':
      return <Fleet />;
    case 'projects':
      return <Projects />;
    case 'project':
      return <Project key={here.project + here.part} name={here.project} part={here.part} />;
    case 'run':
      return <Run key={here.project + here.run} project={here.project} name={here.run} />;
    case 'model':
      return <Model key={here.project + here.model} tenant={here.tenant} project={here.project} model={here.model} />;
    case 'version':
      return <VersionPage key={here.fqn} here={here} />;
    case 'send':
      return <Send />;
    case 'nowhere':
      return <Nowhere />;
  }
}

const Nowhere = () => (
  <>
    <Head title="Not found" />
    <main class="page" id="main" tabIndex={-1}>
      <section class="card">
        <Empty title="There is no page at this address" icon="search">
          <a class="button" href={linkTo({ page: 'fleet' })}>
            To the fleet
          </a>
        </Empty>
      </section>
    </main>
  </>
);
