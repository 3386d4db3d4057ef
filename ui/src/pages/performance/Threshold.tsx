import type { ComponentChildren } from 'preact';
import { ChartCard } from '../../charts/ChartCard';
import { plainName } from '../../charts/labels';
import { XYChart, type XYLine } from '../../charts/XYChart';
import { compact, int, number, percent } from '../../format';
import { readAt, type CurveProps } from './Curves';
import { bestF1, countsAt, nearest, overThresholds, ratesAt, thresholdAfter, thresholdTable, type Rate, type RateName } from './thresholds';

const LINES: readonly { key: RateName; label: string; tone: XYLine['tone'] }[] = [
  { key: 'precision', label: 'Precision', tone: 'current' },
  { key: 'recall', label: 'Recall', tone: 'second' },
  { key: 'false_positive_rate', label: 'False positive rate', tone: 'third' },
  { key: 'positive_rate', label: 'Share predicted positive', tone: 'fourth' },
];
/** A threshold of the reference further away than this is another one. */
const SAME = 0.02;

/** What predicting positive from a score on would do. */
export function Threshold(props: CurveProps & { picker: ComponentChildren }) {
  const { answer, current, reference, index, picker } = props;
  const scores = current.thresholds.threshold.filter((threshold) => threshold !== null);
  const domain = [Math.min(0, ...scores), Math.max(1, ...scores)] as const;
  return (
    <ChartCard
      title="Threshold"
      name={`Thresholds of ${plainName(answer.label, 60)}`}
      about={props.about}
      testId="threshold"
      controls={picker}
      aside={<span class="muted">{int(current.n)} rows with actuals, {int(current.n_positive)} of them {plainName(answer.label, 30)}</span>}
      table={() => thresholdTable(current, `What would be predicted ${plainName(answer.label, 60)} from each score on`)}
      class="threshold"
      foot={index !== null && <At {...props} index={index} reference={reference} />}
    >
      <div class="sub-head tight legend">
        {LINES.map(({ key, label, tone }) => (
          <span key={key}>
            <i class={`swatch ${tone}`} />
            {label}
          </span>
        ))}
      </div>
      <XYChart
        id="threshold"
        title="Precision, recall, false positive rate and share predicted positive by threshold"
        lines={LINES.map(({ key, tone }) => ({ key, points: overThresholds(current, key), tone }))}
        xDomain={domain}
        xTitle="Threshold"
        yTitle="Share"
        marked={index}
        rule
        read={(at) => readAt(props, at)}
        onChoose={props.choose}
        height={252}
      />
    </ChartCard>
  );
}

function At({ answer, current, reference, index, choose }: CurveProps & { index: number }) {
  const { thresholds } = current;
  const threshold = thresholds.threshold[index] ?? 0;
  const last = thresholds.threshold.length - 1;
  const first = thresholds.threshold.findIndex((one) => one !== null);
  const before = reference ? nearest(reference.thresholds, threshold, SAME) : null;
  const old = before === null || !reference ? [] : ratesAt(reference.thresholds, before);
  const best = bestF1(thresholds);
  return (
    <div class="threshold-at" data-testid="at-threshold">
      <label class="slider">
        <span>
          Predict <b>{plainName(answer.label, 30)}</b> from score
        </span>
        <output class="num" data-testid="threshold-value">
          {number(threshold)}
        </output>
        <input
          type="range"
          min={thresholds.threshold[last] ?? 0}
          max={thresholds.threshold[first] ?? 1}
          step="any"
          value={threshold}
          aria-label="Threshold"
          aria-valuetext={`score ${number(threshold)}`}
          data-testid="threshold-slider"
          onInput={(event) => {
            const to = nearest(thresholds, Number(event.currentTarget.value));
            if (to !== null) choose(to);
          }}
          onKeyDown={(event) => {
            const to = thresholdAfter(event.key, index, first, last);
            if (to === null) return;
            event.preventDefault();
            choose(to);
          }}
        />
      </label>
      <table class="column-figures">
        <caption class="sr">Figures at this threshold</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="sr">Figure</span>
            </th>
            <th scope="col" class="right">
              Reference
            </th>
            <th scope="col" class="right">
              Current
            </th>
            <th scope="col" class="right">
              95 % interval
            </th>
            <th scope="col" class="right">
              n
            </th>
          </tr>
        </thead>
        <tbody>
          {ratesAt(thresholds, index).map((rate, row) => (
            <Figure key={rate.key} rate={rate} before={old[row] ?? null} />
          ))}
        </tbody>
      </table>
      <Confused {...countsAt(thresholds, index)} />
      <p class="note">Intervals are Wilson's and take rows as independent; the chosen threshold changes nothing on the server.</p>
      {best !== null && (
        <button type="button" class="link small" disabled={best === index} onClick={() => choose(best)}>
          Highest F1 of these rows: {number(thresholds.f1[best] ?? 0)} from {number(thresholds.threshold[best] ?? 0)} on
        </button>
      )}
    </div>
  );
}

const Figure = ({ rate, before }: { rate: Rate; before: Rate | null }) => (
  <tr title={`of ${int(rate.n)} ${rate.of}`}>
    <th scope="row">{rate.label}</th>
    <td class="right num muted" title={before ? `of ${int(before.n)} ${before.of}` : undefined}>
      {before?.value == null ? '–' : percent(before.value)}
    </td>
    <td class="right num strong" data-rate={rate.key}>
      {rate.value === null ? '–' : percent(rate.value)}
    </td>
    <td class="right num muted">{rate.lower === null || rate.upper === null ? '–' : `${percent(rate.lower)} – ${percent(rate.upper)}`}</td>
    <td class="right num">{compact(rate.n)}</td>
  </tr>
);

const Confused = ({ truePositive, falsePositive, falseNegative, trueNegative }: ReturnType<typeof countsAt>) => (
  <dl class="small-figures four">
    {(
      [
        ['True positive', truePositive],
        ['False positive', falsePositive],
        ['False negative', falseNegative],
        ['True negative', trueNegative],
      ] as const
    ).map(([label, n]) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{int(n)}</dd>
      </div>
    ))}
  </dl>
);
