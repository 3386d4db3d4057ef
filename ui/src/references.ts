/** What a version can be compared with: how it is asked for, and how it is said. */
import type { DriftColumn, VersionAnswer } from './api/types';
import { compact, int, spanText } from './format';
import { fqnOf, readFqn } from './fqn';
import { iso, type Span } from './range';

export interface Choice {
  /** As the API and the URL have it. */
  text: string;
  label: string;
  note: string;
}

const TRAILING = 'trailing:';
const UNITS: Record<string, string> = { h: 'hour', d: 'day', w: 'week' };

/** What is compared with where the URL says nothing; empty where there is nothing. */
export const defaultReference = (version: VersionAnswer): string =>
  version.registered.default_reference ?? version.references.find((reference) => reference.is_default)?.name ?? '';

/** A reference in words: its name, "trailing 7 days", a span of time, or another version. */
export function referenceText(text: string): string {
  const lasting = /^trailing:(\d+)([hdw])$/.exec(text);
  if (lasting) {
    const [, count = '', unit = ''] = lasting;
    return `trailing ${count} ${UNITS[unit]}${count === '1' ? '' : 's'}`;
  }
  const other = readFqn(text);
  if (other) return `${other.model}:${other.version}`;
  const [start = '', end = '', more] = text.split('/');
  const known = more === undefined && Date.parse(start) < Date.parse(end);
  return known ? spanText(Date.parse(start), Date.parse(end)) : text;
}

/** The choices there are, by kind; a span of time is written by hand. */
export function choices(version: VersionAnswer): { title: string; of: Choice[] }[] {
  const standard = defaultReference(version);
  const noted = (text: string, note: string): Choice => ({
    text,
    label: referenceText(text),
    note: [note, text === standard && 'default'].filter(Boolean).join(' · '),
  });
  const here = readFqn(version.registered.fqn);
  const trailing = ['trailing:7d', 'trailing:28d'];
  if (standard.startsWith(TRAILING) && !trailing.includes(standard)) trailing.push(standard);
  const others = version.versions.filter((number) => number !== version.registered.version);
  return [
    { title: 'Uploaded', of: version.references.map((one) => noted(one.name, `${compact(one.n)} rows`)) },
    { title: 'Its own past', of: trailing.map((text) => noted(text, '')) },
    {
      title: 'Same time, other version',
      of: here ? others.map((number) => noted(fqnOf(here.tenant, here.project, here.model, number), '')) : [],
    },
  ].filter((group) => group.of.length > 0);
}

/** A span of time as a reference. */
export const fixedReference = ({ start, end }: Span): string => `${iso(start)}/${iso(end)}`;

/** The span that a fixed reference names, else the one as long as the page's window just before it. */
export function fixedSpan(text: string, window: Span): Span {
  const [start, end] = text.split('/').map((part) => Date.parse(part));
  if (start !== undefined && end !== undefined && start < end) return { start, end };
  return { start: window.start - (window.end - window.start), end: window.start };
}

/** By which law the columns of an answer were judged. */
export function lawText(columns: readonly DriftColumn[]): string {
  const judged = columns.filter(({ total }) => total.null !== null);
  const chunks = judged.flatMap(({ total }) => total.chunks ?? []);
  if (judged.length === 0) return '';
  if (chunks.length === 0) return 'rows taken as independent';
  return `judged by ${int(Math.max(...chunks))} windows of its own`;
}
