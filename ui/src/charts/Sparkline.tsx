import { bandPath, linePath } from './paths';
import { extent, type Span, type Value } from './scale';

interface SparklineProps {
  values: readonly Value[];
  label: string;
  /** The same for all rows of a column, so that heights compare; else the values' own. */
  domain?: Span | undefined;
  levels?: readonly { value: number; tone: 'watch' | 'drifted' }[];
  tone?: 'quiet' | 'ok' | 'watch' | 'drifted';
  width?: number;
  height?: number;
}

const END = 6;

/** A trend without axes. What lies above the domain is drawn at its top; an area only where the domain starts at zero. */
export function Sparkline({ values, label, domain, levels = [], tone = 'quiet', width = 116, height = 26 }: SparklineProps) {
  const [low, high] = domain ?? extent(values) ?? [0, 1];
  const y = (value: number): number => height - 3 - ((Math.min(value, high) - low) / (high - low || 1)) * (height - 6);
  const x = (index: number): number => 2 + (index / Math.max(1, values.length - 1)) * (width - END - 2);
  const { path, lone } = linePath(values, x, y);
  const floor = values.map((value) => (value === null ? null : low));
  const last = values.findLastIndex((value) => value !== null);
  const end = values[last] ?? null;
  return (
    <svg class={`spark ${tone}`} width={width} height={height} role="img" aria-label={label}>
      {levels
        .filter((level) => level.value > low && level.value < high)
        .map((level) => (
          <line key={level.tone} class={`spark-level ${level.tone}`} x2={width} y1={y(level.value)} y2={y(level.value)} />
        ))}
      {low === 0 && path && <path class="spark-area" d={bandPath(floor, values, x, y)} />}
      <path class="spark-line" d={path} />
      {lone.map((place) => (
        <circle key={place.x} class="spark-end" cx={place.x} cy={place.y} r={1.5} />
      ))}
      {end !== null && <circle class="spark-end" cx={x(last)} cy={y(end)} r={2.4} />}
    </svg>
  );
}
