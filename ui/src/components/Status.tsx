import { TONES, WORDS, type AnyStatus } from '../statuses';
import { StatusMark } from './icons';

/** A status by shape, word and colour, with what else there is to say about it. */
export const Status = ({ status, more }: { status: AnyStatus; more?: string | undefined }) => (
  <span class={`chip ${TONES[status]}`} data-status={status}>
    <StatusMark status={status} />
    {more ? `${WORDS[status]} · ${more}` : WORDS[status]}
  </span>
);
