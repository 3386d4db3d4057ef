import { Sparkline } from '../../charts/Sparkline';
import { plainName } from '../../charts/labels';
import { Name } from '../../components/Name';
import { Status } from '../../components/Status';
import { int, number, percent, points } from '../../format';
import { go, linkTo, route } from '../../state';
import { TONES } from '../../statuses';
import { visible } from '../../visible';
import { statisticText } from '../overview/why';
import { impactText, intervalOf, rankText, type FeatureRow as Row } from './attribution';
import { ShapBar } from './ShapBar';

interface FeatureRowProps {
  row: Row;
  index: number;
  /** What the width of a bar stands for. */
  most: number;
  /** How wide a bar is, in px. */
  bar: number;
}

/** One feature; a click opens its distribution and drift. */
export function FeatureRow({ row, index, most, bar }: FeatureRowProps) {
  const { total, series, drift } = row;
  const here = route.value;
  const url = here.page === 'version' ? linkTo({ ...here, tab: 'overview' }, { column: total.feature }) : '';
  const tone = TONES[total.status];
  const driftTone = drift ? TONES[drift.total.status] : 'quiet';
  return (
    <tr
      class="open"
      aria-rowindex={index + 2}
      data-feature={total.feature}
      onClick={(event) => {
        if (!(event.target as Element).closest('a')) go(url);
      }}
    >
      <td>
        <a class="row-link" href={url}>
          <Name text={total.feature} mono />
        </a>
      </td>
      <td title={total.mean_absolute_reference === null ? undefined : `reference ${number(total.mean_absolute_reference)} of ${int(total.n_reference)} rows`}>
        <ShapBar total={total} most={most} width={bar} />
        <span class="num strong">{total.mean_absolute === null ? '–' : number(total.mean_absolute)}</span>
        <span class="num small muted shap-interval">{intervalOf(total)}</span>
      </td>
      <td class="right num" title={total.rank_reference === null ? undefined : `${total.rank_reference} in the reference`}>
        {total.rank ?? '–'}
        {total.rank_change !== null && <span class={total.rank_change === 0 ? 'rank-change muted' : 'rank-change moved'}>{rankText(total.rank_change)}</span>}
      </td>
      <td class="right num">
        {total.importance === null ? '–' : percent(total.importance)}
        {total.effect !== null && <span class={tone === 'watch' || tone === 'drifted' ? `importance-change statistic ${tone}` : 'importance-change muted'}>{points(total.effect)}</span>}
      </td>
      <td class="right num">
        <span class={`statistic ${driftTone}`} title={drift ? `drift ${drift.total.status}, ${int(drift.total.n)} rows against ${int(drift.total.n_reference)}` : 'no monitored column'}>
          {drift?.total.value == null ? '–' : statisticText(drift.total.value)}
        </span>
      </td>
      <td class="right num strong">{drift?.impact == null ? '–' : impactText(drift.impact)}</td>
      <td>
        <Sparkline values={series.importance} width={90} tone={tone === 'watch' || tone === 'drifted' ? tone : 'quiet'} label={`Trend of the importance of ${plainName(total.feature, 60)}`} />
      </td>
      <td class="right num">{int(total.n)}</td>
      <td title={visible(total.reason)}>
        <Status status={total.status} />
      </td>
    </tr>
  );
}
