interface VolumeBarsProps {
  volume: readonly number[];
  /** The largest figure of the whole column: one scale, so that versions compare. */
  most: number;
}

const WIDTH = 112;
const HEIGHT = 22;

export function VolumeBars({ volume, most }: VolumeBarsProps) {
  const step = WIDTH / Math.max(1, volume.length);
  const gap = step > 3 ? 1 : 0;
  const path = volume.map((n, index) => bar(index * step, step - gap, (n / most) * HEIGHT)).join('');
  return (
    <svg class="volume-bars" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={`M0,${HEIGHT - 0.5}H${WIDTH}`} class="floor" />
      <path d={path} />
    </svg>
  );
}

/** A figure that is not zero is seen, however small. */
function bar(x: number, width: number, height: number): string {
  if (height <= 0) return '';
  const tall = Math.max(1, height);
  return `M${x.toFixed(1)},${HEIGHT}v${(-tall).toFixed(1)}h${width.toFixed(1)}v${tall.toFixed(1)}z`;
}
