import { fqnOf } from './fqn';

/** The tabs of a version; only those that exist. */
export const TABS = ['overview', 'performance', 'quality', 'attribution', 'predictions'] as const;
export type Tab = (typeof TABS)[number];

export type Route =
  | { page: 'fleet' }
  | { page: 'projects' }
  | { page: 'project'; project: string; part: 'models' | 'runs' }
  | { page: 'run'; project: string; run: string }
  | { page: 'model'; tenant: string; project: string; model: string }
  | { page: 'version'; tenant: string; project: string; model: string; version: number; tab: Tab; fqn: string }
  | { page: 'send' }
  | { page: 'nowhere' };

/** The page that a path names. */
export function readRoute(pathname: string): Route {
  const parts = pathname.split('/').filter(Boolean).map(decode);
  const [first, second, third, fourth, fifth, sixth] = parts;
  if (first === undefined) return { page: 'fleet' };
  if (first === 'send' && parts.length === 1) return { page: 'send' };
  if (first === 'projects') return readProject(parts);
  if (first === 'models' && second && third && fourth && parts.length <= 6) {
    if (fifth === undefined) return { page: 'model', tenant: second, project: third, model: fourth };
    const tab = TABS.find((known) => known === (sixth ?? 'overview'));
    if (/^[1-9]\d*$/.test(fifth) && tab) {
      const fqn = fqnOf(second, third, fourth, fifth);
      return { page: 'version', tenant: second, project: third, model: fourth, version: Number(fifth), tab, fqn };
    }
  }
  return { page: 'nowhere' };
}

function readProject([, project, part, run, ...more]: string[]): Route {
  if (!project) return { page: 'projects' };
  if (part === undefined || (part === 'models' && run === undefined)) return { page: 'project', project, part: 'models' };
  if (part === 'runs' && run === undefined) return { page: 'project', project, part: 'runs' };
  if (part === 'runs' && run && more.length === 0) return { page: 'run', project, run };
  return { page: 'nowhere' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const join = (...parts: (string | number)[]): string => '/' + parts.map((part) => encodeURIComponent(part)).join('/');

/** The path of a page; `readRoute(pathOf(route))` is the route again. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case 'fleet':
    case 'nowhere':
      return '/';
    case 'send':
    case 'projects':
      return join(route.page);
    case 'project':
      return route.part === 'runs' ? join('projects', route.project, 'runs') : join('projects', route.project);
    case 'run':
      return join('projects', route.project, 'runs', route.run);
    case 'model':
      return join('models', route.tenant, route.project, route.model);
    case 'version': {
      const base = join('models', route.tenant, route.project, route.model, route.version);
      return route.tab === 'overview' ? base : `${base}/${route.tab}`;
    }
  }
}
