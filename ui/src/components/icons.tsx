import { TONES, type AnyStatus, type Tone } from '../statuses';

const PATHS = {
  pulse: 'M2 12h4l3-8 5 16 3.2-9 1.6 3H22',
  box: 'M12 3 4 7v10l8 4 8-4V7zM4 7l8 4 8-4M12 11v10',
  grid: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  check: 'M4 12.5 9.5 18 20 6.5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  sun: 'M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
  layers: 'M12 3 3 8l9 5 9-5zM3 13l9 5 9-5',
  share: 'M10 14 20 4M14 4h6v6M18 14v6H4V6h6',
  close: 'M6 6l12 12M18 6 6 18',
  down: 'M6 9l6 6 6-6',
  left: 'M15 6l-6 6 6 6',
  right: 'M9 6l6 6-6 6',
  table: 'M3 5h18v14H3zM3 10h18M9 10v9',
  terminal: 'M5 7l5 5-5 5M12 17h7',
  menu: 'M4 7h16M4 12h16M4 17h16',
  alert: 'M12 4 2.5 20h19zM12 10v4.5M12 17.4v.1',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.9V8',
  flask: 'M9 3h6M10 3v6L4.5 18.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3M7.5 15h9',
  keyboard: 'M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  expand: 'M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7',
} as const;
export type IconName = keyof typeof PATHS;

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    class="icon"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.8"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
);

const SHAPES: Record<Tone, string> = {
  ok: 'M6 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z',
  watch: 'M6 1 11 10.5H1z',
  drifted: 'M6 .2 11.8 6 6 11.8 .2 6z',
  quiet: 'M6 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8z',
};

/** The shape of a status; the word stands beside it. */
export const ToneMark = ({ tone }: { tone: Tone }) => (
  <svg class={`status-mark ${tone}`} width="10" height="10" viewBox="0 0 12 12" aria-hidden="true">
    <path d={SHAPES[tone]} />
  </svg>
);

/** The same within a chart, `size` px wide around a point. */
export const ToneShape = ({ tone, x, y, size = 10 }: { tone: Tone; x: number; y: number; size?: number }) => (
  <path class={`status-mark ${tone}`} d={SHAPES[tone]} transform={`translate(${x - size / 2},${y - size / 2}) scale(${size / 12})`} />
);

export const StatusMark = ({ status }: { status: AnyStatus }) => <ToneMark tone={TONES[status]} />;
