import { describe, expect, it } from 'vitest';
import { readFqn } from './fqn';
import { pathOf, readRoute, type Route } from './router';

const VERSION = { page: 'version', tenant: 'default', project: 'flights', model: 'late_1', version: 12, fqn: 'model:default/flights/late_1:12' } as const;

describe('routes', () => {
  const all: Route[] = [
    { page: 'fleet' },
    { page: 'send' },
    { page: 'projects' },
    { page: 'project', project: 'flights', part: 'models' },
    { page: 'project', project: 'flights', part: 'runs' },
    { page: 'run', project: 'flights', run: 'brave-otter' },
    { page: 'model', tenant: 'default', project: 'flights', model: 'late_1' },
    { ...VERSION, tab: 'overview' },
    { ...VERSION, tab: 'predictions' },
  ];
  it.each(all)('$page is its path', (route) => {
    expect(readRoute(pathOf(route))).toEqual(route);
  });
  it('keeps names that hold signs of their own', () => {
    const route: Route = { page: 'project', project: 'a/b ?#%', part: 'runs' };
    expect(readRoute(pathOf(route))).toEqual(route);
  });
  it.each(['/models/default/flights/late/0', '/models/default/flights/late/1/drifting', '/elsewhere', '/projects/a/b', '/models/a/b/c/1/overview/x'])('%s is nowhere', (path) => {
    expect(readRoute(path)).toEqual({ page: 'nowhere' });
  });
  it('survives a path that is not encoded well', () => {
    expect(readRoute('/projects/%E0%A4%A')).toEqual({ page: 'project', project: '%E0%A4%A', part: 'models' });
  });
});

describe('names', () => {
  it('reads an FQN, with or without an owner', () => {
    const name = { tenant: 'acme', project: 'flights', model: 'late', version: '3' };
    expect(readFqn('model:acme/flights/late:3')).toEqual(name);
    expect(readFqn('model:acme/someone/flights/late:3')).toEqual(name);
  });
  it.each(['model:acme/flights/late', 'acme/flights/late:3', 'model:acme/late:3', 'model:acme/flights/late:0', ''])('%s is none', (text) => {
    expect(readFqn(text)).toBeNull();
  });
});
