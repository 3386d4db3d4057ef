import type { DriftStatus, MaturityStatus, MetricStatus, QualityStatus, RunAnswer, VersionStatus } from './api/types';

export type RunStatus = RunAnswer['status'];
export type AnyStatus = DriftStatus | MaturityStatus | MetricStatus | QualityStatus | VersionStatus | RunStatus;

/** How a status looks: colour and shape. */
export type Tone = 'ok' | 'watch' | 'drifted' | 'quiet';

export const TONES: Record<AnyStatus, Tone> = {
  ok: 'ok',
  watch: 'watch',
  drifted: 'drifted',
  breached: 'drifted',
  mature: 'ok',
  insufficient_data: 'quiet',
  immature: 'quiet',
  no_reference: 'quiet',
  no_actuals: 'quiet',
  waiting: 'quiet',
  RUNNING: 'watch',
  FINISHED: 'ok',
  FAILED: 'drifted',
  KILLED: 'quiet',
};

export const WORDS: Record<AnyStatus, string> = {
  ok: 'ok',
  watch: 'watch',
  drifted: 'drifted',
  breached: 'breached',
  mature: 'mature',
  insufficient_data: 'insufficient data',
  immature: 'immature',
  no_reference: 'no reference',
  no_actuals: 'no actuals yet',
  waiting: 'waiting for data',
  RUNNING: 'running',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'killed',
};

/** Worst first. */
export const SEVERITY: Record<AnyStatus, number> = {
  drifted: 0,
  breached: 0,
  FAILED: 0,
  watch: 1,
  RUNNING: 1,
  insufficient_data: 3,
  immature: 3,
  no_reference: 4,
  no_actuals: 4,
  waiting: 5,
  KILLED: 5,
  ok: 2,
  mature: 2,
  FINISHED: 2,
};
