export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Preset {
  key: string;
  label: string;
  ms: number;
}

export const PRESETS: readonly Preset[] = [
  { key: '24h', label: 'Last 24 hours', ms: DAY },
  { key: '3d', label: 'Last 3 days', ms: 3 * DAY },
  { key: '7d', label: 'Last 7 days', ms: 7 * DAY },
  { key: '14d', label: 'Last 14 days', ms: 14 * DAY },
  { key: '30d', label: 'Last 30 days', ms: 30 * DAY },
  { key: '90d', label: 'Last 90 days', ms: 90 * DAY },
  { key: '365d', label: 'Last 12 months', ms: 365 * DAY },
];

/** Half-open, in milliseconds since 1970, UTC. */
export interface Span {
  start: number;
  end: number;
}

/** The window that the URL's range, start and end name at the instant `now`; a wrong one is the preset's. */
export function spanOf(query: { range: string; start: string; end: string }, now: number): Span {
  const start = Date.parse(query.start);
  const end = Date.parse(query.end);
  if (start < end) return { start, end };
  const preset = PRESETS.find((known) => known.key === query.range);
  return { start: now - (preset?.ms ?? 14 * DAY), end: now };
}

/** To the second, as the API and the URL write it. */
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The smallest preset that reaches back to `ms`, or null when none does. */
export function presetReaching(ms: number, now: number): Preset | null {
  return PRESETS.find((preset) => now - preset.ms <= ms) ?? null;
}
