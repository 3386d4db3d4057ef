import type { WindowAnswer } from '../../api/types';
import { binText, moment } from '../../format';

/** The zone, the windows and the range of all that stands above. */
export const Foot = ({ window, stepS }: { window: WindowAnswer; stepS: number | null }) => (
  <p class="overview-foot">
    All times UTC{stepS === null ? '' : ` · windows of one ${binText(stepS)}`} · {moment(window.start)} to {moment(window.end)}
  </p>
);
