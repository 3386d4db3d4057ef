import { computed, signal } from '@preact/signals';
import { iso, spanOf, type Span } from './range';
import { pathOf, readRoute, type Route } from './router';

/** What the query string holds, and what it means when it holds nothing. */
export const DEFAULTS = {
  /** A preset; `start` and `end` (ISO, UTC) go before it. */
  range: '14d',
  start: '',
  end: '',
  /** Empty is the version's default reference. */
  reference: '',
  statistic: 'psi',
  /** A filter; everything but the list of rows is about the rows that it picks. */
  where: '',
  metric: '',
  column: '',
  /** The check of data quality whose columns are shown. */
  check: '',
  /** The class whose scores are shown. */
  label: '',
  /** From which score on a row would be predicted positive. */
  threshold: '',
  sort: '',
  dir: '',
  show: '',
  q: '',
  /** The data_id whose drawer is open. */
  row: '',
  /** `yes` shows rows that have an actual only. */
  actual: '',
  /** Where a list that is read page by page goes on. */
  cursor: '',
  /** What is picked to be compared, joined by commas. */
  pick: '',
};
export type Query = typeof DEFAULTS;

/** These stay when one goes to another page; the rest belongs to the page. */
const SHARED = ['range', 'start', 'end'] as const;
/** These too, between the tabs of one version. */
const OF_VERSION = [...SHARED, 'reference', 'statistic', 'where'] as const;
const KEYS = Object.keys(DEFAULTS) as (keyof Query)[];

/** The state in a query string; unknown keys are passed over. */
export function readQuery(search: string): Query {
  const params = new URLSearchParams(search);
  const query = { ...DEFAULTS };
  for (const key of KEYS) query[key] = params.get(key) ?? DEFAULTS[key];
  return query;
}

/** The shortest query string that says `query`, with its `?`, or nothing. */
export function writeQuery(query: Partial<Query>): string {
  const params = new URLSearchParams();
  for (const key of KEYS) {
    const value = query[key];
    if (value !== undefined && value !== DEFAULTS[key]) params.set(key, value);
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

export const pathname = signal(location.pathname);
export const query = signal<Query>(readQuery(location.search));
export const route = computed<Route>(() => readRoute(pathname.value));

/** The one instant that every relative range on the page ends at. */
export const now = signal(Date.now());
export const span = computed<Span>(() => spanOf(query.value, now.value));
/** The window as the API takes it. */
export const asked = computed(() => ({ start: iso(span.value.start), end: iso(span.value.end) }));

function show(url: string, replace: boolean): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  pathname.value = location.pathname;
  query.value = readQuery(location.search);
}

/** Change what the page shows; another range is read from its first page on. Back undoes it, unless `replace` (for typing and for arrow keys). */
export function setQuery(patch: Partial<Query>, { replace = false } = {}): void {
  const first = 'range' in patch || 'start' in patch ? { cursor: '' } : {};
  const url = location.pathname + writeQuery({ ...query.peek(), ...first, ...patch });
  if (url !== location.pathname + location.search) show(url, replace);
}

/** The window is this one from now on; takes milliseconds. */
export const setSpan = ({ start, end }: Span): void => setQuery({ start: iso(start), end: iso(end) });

/** The address of a page, keeping the range (and on the same version its reference). */
export function linkTo(target: Route, patch: Partial<Query> = {}): string {
  const current = query.value;
  const here = route.value;
  const same = here.page === 'version' && target.page === 'version' && here.fqn === target.fqn;
  const kept = Object.fromEntries((same ? OF_VERSION : SHARED).map((key) => [key, current[key]]));
  return pathOf(target) + writeQuery({ ...kept, ...patch });
}

/** Go to a page of this dashboard. */
export function go(url: string, { replace = false } = {}): void {
  show(url, replace);
  scrollTo(0, 0);
}

/** The address of exactly this view: a range that moves with the clock is written out. */
export function shareUrl(): string {
  const text = writeQuery({ ...query.peek(), ...asked.peek() });
  return location.origin + location.pathname + text;
}

addEventListener('popstate', () => {
  pathname.value = location.pathname;
  query.value = readQuery(location.search);
});

/** One cursor in all time charts of the page (milliseconds), and the chart that shows the tooltip. */
export const cursor = signal<number | null>(null);
export const cursorOwner = signal('');
