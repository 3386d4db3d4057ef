/** Rows beside their weekly rhythm: what stands out, and the figures as a table. */
import type { VolumeReport } from '../../api/types';
import type { Zone } from '../../charts/timeMarks';
import type { DataTable } from '../../charts/table';
import { instant, toMs } from '../../format';
import { TONES } from '../../statuses';

type Blocks = Pick<VolumeReport, 'starts' | 'status' | 'hours'>;

/** Neighbouring blocks with too few or too many rows, joined; the worse of two tones stays. */
export function volumeZones({ starts, status, hours }: Blocks): Zone[] {
  const length = (hours ?? 1) * 3_600_000;
  const found: { span: [number, number]; tone: Zone['tone'] }[] = [];
  starts.forEach((text, index) => {
    const tone = TONES[status[index] ?? 'ok'];
    if (tone !== 'watch' && tone !== 'drifted') return;
    const start = toMs(text);
    const last = found[found.length - 1];
    if (last && last.span[1] === start) {
      last.span[1] = start + length;
      if (tone === 'drifted') last.tone = tone;
    } else found.push({ span: [start, start + length], tone });
  });
  return found;
}

export function volumeTable(volume: VolumeReport): DataTable {
  return {
    caption: `Predictions per ${volume.hours === 1 ? 'hour' : `${volume.hours ?? 0} hours`} beside the weekly rhythm`,
    columns: ['Start (UTC)', 'Rows', 'Usual', 'Usual from', 'Usual to', 'Lost by clients', 'Status'],
    rows: volume.starts.map((start, index) => [
      instant(start),
      volume.rows[index] ?? null,
      volume.expected[index] ?? null,
      volume.lower[index] ?? null,
      volume.upper[index] ?? null,
      volume.lost[index] ?? null,
      volume.status[index] ?? null,
    ]),
  };
}
