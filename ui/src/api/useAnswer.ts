import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { ask, Problem, type Address } from './client';

export interface Asked<Answer> {
  /** The newest answer, kept while another is on its way and when the next one fails. */
  data: Answer | null;
  error: Problem | null;
  busy: boolean;
}

interface Flight {
  promise: Promise<unknown>;
  abort: AbortController;
  readers: number;
  round: number;
  done: boolean;
}

const KEPT = 60;
const RETRY_MS = 4000;
const flights = new Map<string, Flight>();

/** Rises to ask everything on the page again: live refresh, and after the server could not be reached. */
export const round = signal(0);

/** Requests under way anywhere on the page. */
export const asking = signal(0);

function start(url: string): Flight {
  const abort = new AbortController();
  const flight: Flight = { promise: ask(url, abort.signal), abort, readers: 0, round: round.peek(), done: false };
  asking.value++;
  const settle = (ok: boolean): void => {
    asking.value--;
    flight.done = true;
    if (!ok && flights.get(url) === flight) flights.delete(url);
  };
  flight.promise.then(
    () => settle(true),
    () => settle(false),
  );
  flights.set(url, flight);
  for (const [old, kept] of flights) {
    if (flights.size <= KEPT) break;
    if (kept.readers === 0 && kept.done) flights.delete(old);
  }
  return flight;
}

/** One request for all who ask the same in the same round; given up when nobody reads it any more. */
function join(url: string): Flight {
  const known = flights.get(url);
  const flight = known && known.round === round.peek() ? known : start(url);
  flight.readers++;
  return flight;
}

function leave(url: string, flight: Flight): void {
  flight.readers--;
  if (flight.readers > 0 || flight.done) return;
  if (flights.get(url) === flight) flights.delete(url);
  flight.abort.abort();
}

/**
 * The answer at `url`, asked again when the url or the {@link round} changes; `null` asks nothing.
 *
 * Old data stays until the new has come. A component that must not show one subject's data under another's name
 * takes a `key`.
 */
export function useAnswer<Answer>(url: Address<Answer> | null): Asked<Answer> {
  const [asked, put] = useState<Asked<Answer> & { of: string | null }>({ data: null, error: null, busy: url !== null, of: null });
  const now = round.value;
  useEffect(() => {
    if (url === null) return;
    let live = true;
    const flight = join(url);
    if (!flight.done) put((old) => ({ ...old, busy: true }));
    flight.promise.then(
      (data) => live && put({ data: data as Answer, error: null, busy: false, of: url }),
      (error: unknown) => live && put((old) => ({ ...old, error: asProblem(error), busy: false, of: url })),
    );
    return () => {
      live = false;
      leave(url, flight);
    };
  }, [url, now]);
  useRetry(asked.error);
  if (url === null) return { data: null, error: null, busy: false };
  return { data: asked.data, error: asked.error, busy: asked.busy || asked.of !== url };
}

function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('The answer could not be read', String(error), 0);
}

/** A server that was away is asked again, without a reload. */
function useRetry(error: Problem | null): void {
  useEffect(() => {
    if (error?.status !== 0) return;
    const timer = setTimeout(() => round.value++, RETRY_MS);
    return () => clearTimeout(timer);
  }, [error]);
}
