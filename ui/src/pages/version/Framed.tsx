import type { ComponentChildren } from 'preact';
import * as api from '../../api/endpoints';
import type { SliceAnswer, VersionAnswer } from '../../api/types';
import { useAnswer, type Asked } from '../../api/useAnswer';
import { Icon } from '../../components/icons';
import { Skeleton, Trouble } from '../../components/states';
import { query } from '../../state';
import { scopeOf } from '../overview/page';
import { NothingHere } from './NothingHere';
import { NoMatch, WrongFilter } from './Unfiltered';

interface FramedProps<Answer> {
  version: VersionAnswer;
  asked: Asked<Answer>;
  testId: string;
  children: (answer: Answer) => ComponentChildren;
}

/** A tab about one answer: a placeholder before it, dimmed while the next is on its way, and words where no row is meant. */
export function Framed<Answer extends { slice: SliceAnswer | null }>({ version, asked, testId, children }: FramedProps<Answer>) {
  const volume = useAnswer(api.volume(scopeOf(version)));
  const { where } = query.value;
  if (where !== '' && volume.error?.status === 400) return <WrongFilter />;
  if (volume.data?.n_predictions === 0 && !volume.busy) return where ? <NoMatch /> : <NothingHere version={version} />;
  return (
    <div class={asked.busy ? 'overview busy' : 'overview'} aria-busy={asked.busy} data-testid={testId}>
      {asked.error && <Trouble problem={asked.error} />}
      {asked.data?.slice?.note && (
        <p class="slice-note" data-testid="slice-note">
          <Icon name="alert" size={13} />
          {asked.data.slice.note}
        </p>
      )}
      {asked.data ? children(asked.data) : !asked.error && <Skeleton height={520} />}
    </div>
  );
}
