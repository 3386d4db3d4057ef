import type { QualityAnswer, VersionAnswer, VolumeReport } from '../../api/types';
import { ChartCard } from '../../charts/ChartCard';
import { zeroDomain } from '../../charts/scale';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Reading } from '../../charts/Tooltip';
import { Status } from '../../components/Status';
import { Empty } from '../../components/states';
import { binText, compact, int } from '../../format';
import { WORDS } from '../../statuses';
import { about, brush, spanOf, timesOf } from '../overview/page';
import { volumeTable, volumeZones } from './volume';

/** How many rows there are beside how many are usual at that hour of the week. */
export function Volume({ version, answer }: { version: VersionAnswer; answer: QualityAnswer }) {
  const { volume } = answer;
  if (!volume) return <NoVolume filtered={answer.slice !== null} />;
  const known = volume.hours !== null && volume.starts.length > 0;
  return (
    <ChartCard
      title="Volume beside its weekly rhythm"
      name="Volume beside its weekly rhythm"
      about={about(version, answer.window)}
      testId="rhythm"
      controls={<Status status={volume.verdict.status} />}
      table={() => volumeTable(volume)}
      foot={<p class="note">{volume.verdict.reason}</p>}
    >
      {known ? <Blocks answer={answer} volume={volume} /> : <Empty title={WORDS[volume.verdict.status]} icon="clock" />}
    </ChartCard>
  );
}

function Blocks({ answer, volume }: { answer: QualityAnswer; volume: VolumeReport }) {
  const hours = volume.hours ?? 1;
  const lossy = volume.lost.some((n) => n > 0);
  const read = (index: number): Reading[] => [
    { label: 'Predictions', value: int(volume.rows[index] ?? 0), swatch: 'volume' },
    { label: 'Usual', value: compact(volume.expected[index] ?? 0), swatch: 'reference' },
    { label: '95 of 100 lie within', value: `${compact(volume.lower[index] ?? 0)} – ${compact(volume.upper[index] ?? 0)}` },
    ...(lossy ? [{ label: 'Lost by clients', value: int(volume.lost[index] ?? 0), swatch: 'dropped' as const }] : []),
    { label: 'Status', value: WORDS[volume.status[index] ?? 'insufficient_data'], apart: true },
  ];
  return (
    <>
      <div class="sub-head tight legend">
        Predictions per {binText(hours * 3600)}
        <span>
          <i class="swatch volume" />
          rows
        </span>
        <span>
          <i class="swatch reference" />
          usual, with the range of 95 of 100 {hours === 1 ? 'hours' : 'blocks'}, from {volume.weeks} {volume.weeks === 1 ? 'week' : 'weeks'} before
        </span>
        {lossy && (
          <span>
            <i class="swatch dropped" />
            lost by clients
          </span>
        )}
      </div>
      <TimeSeries
        id="rhythm"
        title="Predictions over time beside the weekly rhythm"
        starts={timesOf(volume.starts)}
        stepMs={hours * 3_600_000}
        domain={spanOf(answer.window)}
        yDomain={zeroDomain([...volume.rows, ...volume.upper])}
        height={200}
        yTicks={3}
        tick={compact}
        bars={[{ key: 'rows', values: volume.rows, tone: 'volume' }, ...(lossy ? [{ key: 'lost', values: volume.lost, tone: 'dropped' as const }] : [])]}
        lines={[{ key: 'usual', values: volume.expected, end: () => 'usual', tone: 'reference', band: { lower: volume.lower, upper: volume.upper } }]}
        zones={volumeZones(volume)}
        read={read}
        onBrush={brush}
      />
    </>
  );
}

const NoVolume = ({ filtered }: { filtered: boolean }) => (
  <section class="card" data-testid="rhythm">
    <Empty title="No rhythm to compare with" icon="clock">
      <p>
        {filtered
          ? 'How many rows are usual, and what became of those that were sent, is known of all rows only: clear the filter to see it.'
          : 'No whole hour of this range is over yet.'}
      </p>
    </Empty>
  </section>
);
