import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/client';
import { round } from '../api/useAnswer';
import { Icon, type IconName } from './icons';

interface EmptyProps {
  title: string;
  icon?: IconName;
  children?: ComponentChildren;
}

/** Nothing is here, and what to do about it. */
export const Empty = ({ title, icon, children }: EmptyProps) => (
  <div class="empty">
    {icon && <Icon name={icon} size={22} />}
    <h2>{title}</h2>
    {children}
  </div>
);

/** What failed and what to do; what was there before stays on the page. */
export const Trouble = ({ problem }: { problem: Problem }) => (
  <div class="trouble" role="alert">
    <Icon name="alert" size={15} />
    <div>
      <b>{problem.title}</b>
      {problem.detail}
    </div>
    <button type="button" onClick={() => round.value++}>
      Try again
    </button>
  </div>
);

export const Skeleton = ({ height }: { height: number }) => <div class="skeleton" style={{ height: `${height}px` }} aria-hidden="true" />;

interface LoadedProps<Answer> {
  asked: { data: Answer | null; error: Problem | null; busy: boolean };
  /** The height of what will come, so that nothing jumps. */
  height: number;
  children: (data: Answer) => ComponentChildren;
}

/** Draws an answer: a placeholder before the first, dimmed while the next is on its way, with the trouble if there is some. */
export function Loaded<Answer>({ asked, height, children }: LoadedProps<Answer>) {
  return (
    <>
      {asked.error && <Trouble problem={asked.error} />}
      {asked.data !== null ? (
        <div class={asked.busy ? 'loaded busy' : 'loaded'} aria-busy={asked.busy}>
          {children(asked.data)}
        </div>
      ) : (
        !asked.error && <Skeleton height={height} />
      )}
    </>
  );
}
