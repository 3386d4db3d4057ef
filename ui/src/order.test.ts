import { describe, expect, it } from 'vitest';
import type { FleetVersion } from './api/types';
import { visibleRows } from './components/useVirtual';
import { sortedBy, worstFirst } from './order';

const version = (model: string, number: number, status: FleetVersion['status']): FleetVersion => ({ model, version: number, status, ml_repo: 'flights' }) as FleetVersion;

describe('order', () => {
  it('shows what needs looking at first, the newest version before the older', () => {
    const fleet = [version('b', 1, 'ok'), version('a', 1, 'waiting'), version('a', 2, 'drifted'), version('a', 3, 'watch'), version('b', 2, 'ok')];
    expect(fleet.sort(worstFirst).map(({ model, version: number }) => `${model}${number}`)).toEqual(['a2', 'a3', 'b2', 'b1', 'a1']);
  });
  it('puts what has no figure last, either way', () => {
    expect(sortedBy([2, null, 3], (row) => row, 'asc')).toEqual([2, 3, null]);
    expect(sortedBy([2, null, 3], (row) => row, 'desc')).toEqual([3, 2, null]);
  });
});

describe('a long table', () => {
  it('draws what is seen and a few more', () => {
    expect(visibleRows(1000, 37, 3700, 740)).toEqual({ first: 92, last: 128 });
    expect(visibleRows(1000, 37, 0, 740)).toEqual({ first: 0, last: 28 });
  });
  it('draws a short one whole', () => {
    expect(visibleRows(100, 37, 1000, 200)).toEqual({ first: 0, last: 100 });
  });
});
