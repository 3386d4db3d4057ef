/** Why a column has its status, in words: how large, how real, on how many rows. */
import type { DriftVerdict } from '../../api/types';
import { int, number } from '../../format';
import { referenceText } from '../../references';
import { WORDS } from '../../statuses';

export interface Reason {
  point: string;
  text: string;
}

/** A drift statistic with three decimals; very large ones shorter, and never 0.000 for what is not 0. */
export function statisticText(value: number): string {
  if (Math.abs(value) >= 10) return number(value);
  return value !== 0 && Math.abs(value) < 0.0005 ? '<0.001' : value.toFixed(3);
}

/** p = 0.031, p < 0.0001: no more than it can say. */
export const probability = (p: number): string => (p < 1e-4 ? 'p < 0.0001' : `p = ${p.toPrecision(2)}`);

export function reasons(verdict: DriftVerdict, title: string): Reason[] {
  if (verdict.status === 'no_reference') return [{ point: 'No reference', text: 'There is nothing to compare this window with yet.' }];
  const found: Reason[] = [];
  if (verdict.value !== null) found.push({ point: 'Size', text: sizeText(verdict, title) });
  if (verdict.p_value !== null) found.push({ point: 'Chance', text: chanceText(verdict) });
  if (verdict.value === null) found.push({ point: WORDS[verdict.status], text: verdict.reason ?? 'The statistic has no value here.' });
  else if (verdict.reason) found.push({ point: 'Note', text: verdict.reason });
  found.push({ point: 'Rows', text: `${int(verdict.n)} in this window, ${int(verdict.n_reference)} in reference ${referenceText(verdict.reference ?? '')}` });
  return found;
}

function sizeText(verdict: DriftVerdict, title: string): string {
  const { value, expected, effect, watch_at, drifted_at } = verdict;
  const parts = [`${title} ${statisticText(value ?? 0)}`];
  if (expected !== null) parts.push(`${statisticText(expected)} is expected without drift`);
  const size = effect ?? value ?? 0;
  if (watch_at === null || drifted_at === null) return parts.join('; ');
  const above = size >= drifted_at ? `at or above ${drifted_at}, which is drifted` : size >= watch_at ? `from ${watch_at} (watch) up to ${drifted_at} (drifted)` : `below ${watch_at}, where watch begins`;
  parts.push(effect === null ? above : `the effect ${statisticText(effect)} is ${above}`);
  return parts.join('; ');
}

/** The law that the p-value comes from: independent rows, or how much the reference's own windows differ. */
function lawOf({ null: law, chunks, dispersion, effective_n }: DriftVerdict): string {
  if (law === null) return '';
  if (chunks === null || dispersion === null) return ` (${law})`;
  if (dispersion < 1.05) return ` (${int(chunks)} ${law}, which differ no more than independent rows would)`;
  const worth = effective_n === null ? '' : `: these rows count as ${int(Math.round(effective_n))}`;
  return ` (${int(chunks)} ${law}, which differ ${number(dispersion, 2)} times as much as independent rows would${worth})`;
}

function chanceText(verdict: DriftVerdict): string {
  return `a difference like this by chance alone: ${probability(verdict.p_value ?? 1)}${lawOf(verdict)}`;
}
