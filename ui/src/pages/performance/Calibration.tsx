import { ChartCard } from '../../charts/ChartCard';
import { plainName } from '../../charts/labels';
import type { Reading } from '../../charts/Tooltip';
import { XYChart } from '../../charts/XYChart';
import { int, number } from '../../format';
import { CurveKey, type CurveProps } from './Curves';
import { calibrationEnd, calibrationPoints, calibrationTable } from './thresholds';

/** Whether scores are the probabilities that they say: bins of equally many rows against the diagonal. */
export function Calibration(props: CurveProps) {
  const { answer, current, reference } = props;
  const { calibration } = current;
  const end = calibrationEnd([calibration, reference?.calibration]);
  const read = (index: number): { title: string; readings: Reading[] } => ({
    title: `Mean score ${number(calibration.score[index] ?? 0)}`,
    readings: [
      { label: 'Turned out', value: number(calibration.observed[index] ?? 0), swatch: 'current' },
      { label: '95 % interval', value: `${number(calibration.lower[index] ?? 0)} – ${number(calibration.upper[index] ?? 0)}` },
      { label: 'Rows', value: int(calibration.n[index] ?? 0), apart: true },
    ],
  });
  return (
    <ChartCard
      title="Calibration"
      name={`Calibration of ${plainName(answer.label, 60)}`}
      about={props.about}
      testId="calibration"
      table={() => calibrationTable(current, reference, 'Scores beside what turned out')}
      foot={<p class="note">Above the diagonal more turned out than the scores say. Bins of about {int(calibration.n[0] ?? 0)} rows.</p>}
    >
      <CurveKey answer={answer} current={current} reference={reference} />
      <XYChart
        id="calibration"
        title="Calibration: share that turned out by mean score"
        lines={[
          { key: 'current', points: calibrationPoints(calibration), tone: 'current', dots: true },
          ...(reference ? [{ key: 'reference', points: calibrationPoints(reference.calibration).map(({ x, y }) => ({ x, y })), tone: 'reference' as const }] : []),
        ]}
        xDomain={[0, end]}
        yDomain={[0, end]}
        xTitle="Mean score"
        yTitle="Share that turned out"
        diagonal
        read={read}
      />
    </ChartCard>
  );
}
