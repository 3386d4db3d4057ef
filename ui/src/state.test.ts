// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY, iso, presetReaching, spanOf } from './range';
import { asked, DEFAULTS, go, linkTo, now, query, readQuery, route, setQuery, setSpan, shareUrl, span, writeQuery } from './state';

const NOW = Date.parse('2026-11-23T12:34:56Z');

beforeEach(() => {
  now.value = NOW;
  go('/', { replace: true });
});

describe('the query string', () => {
  it('says nothing where all is as it always is', () => {
    expect(writeQuery(DEFAULTS)).toBe('');
    expect(readQuery('')).toEqual(DEFAULTS);
  });
  it('gives the same state back, whatever it holds', () => {
    const state = { ...DEFAULTS, range: '7d', column: '<img src=x> & "☃" %20', sort: 'importance', dir: 'asc', row: 'a+b=c#d', pick: '1,2' };
    expect(readQuery(writeQuery(state))).toEqual(state);
  });
  it('passes over what it does not know', () => {
    expect(readQuery('?unknown=1&range=30d').range).toBe('30d');
  });
});

describe('the window', () => {
  it('ends at the one now of the page', () => {
    expect(span.value).toEqual({ start: NOW - 14 * DAY, end: NOW });
    expect(asked.value.end).toBe('2026-11-23T12:34:56Z');
  });
  it('takes two instants before a preset, and a preset before nonsense', () => {
    const exact = { range: '7d', start: '2026-11-01T00:00:00Z', end: '2026-11-02T00:00:00Z' };
    expect(spanOf(exact, NOW)).toEqual({ start: Date.parse(exact.start), end: Date.parse(exact.end) });
    expect(spanOf({ ...exact, end: exact.start }, NOW)).toEqual({ start: NOW - 7 * DAY, end: NOW });
    expect(spanOf({ range: 'soon', start: 'x', end: '' }, NOW)).toEqual({ start: NOW - 14 * DAY, end: NOW });
  });
  it('finds the preset that reaches back far enough', () => {
    expect(presetReaching(NOW - 10 * DAY, NOW)?.key).toBe('14d');
    expect(presetReaching(NOW - 1000 * DAY, NOW)).toBeNull();
  });
});

describe('history', () => {
  it('grows by a change of range, and not by typing', () => {
    const before = history.length;
    setSpan({ start: NOW - DAY, end: NOW });
    expect(history.length).toBe(before + 1);
    setQuery({ q: 'dep' }, { replace: true });
    setQuery({ q: 'dep' });
    expect(history.length).toBe(before + 1);
    expect(query.value.q).toBe('dep');
  });
});

describe('paging', () => {
  it('begins again with another range', () => {
    setQuery({ cursor: 'abc' });
    setQuery({ range: '7d' });
    expect(query.value.cursor).toBe('');
  });
});

describe('links', () => {
  const here = { page: 'version', tenant: 'default', project: 'flights', model: 'late', version: 1, tab: 'overview', fqn: 'model:default/flights/late:1' } as const;
  it('keep the range everywhere, and the reference within a version', () => {
    go(linkTo(here));
    setQuery({ range: '30d', reference: 'april', column: 'carrier' });
    expect(linkTo({ ...here, tab: 'predictions' })).toBe('/models/default/flights/late/1/predictions?range=30d&reference=april');
    expect(linkTo({ page: 'fleet' })).toBe('/?range=30d');
    expect(route.value).toEqual(here);
  });
  it('to share hold the window of this very moment', () => {
    go('/?range=7d');
    const shared = new URL(shareUrl());
    expect(shared.searchParams.get('start')).toBe(iso(NOW - 7 * DAY));
    expect(shared.searchParams.get('end')).toBe(iso(NOW));
  });
});
