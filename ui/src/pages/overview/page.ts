/** What all parts of the overview share: what they ask about, and the words under every picture of it. */
import { computed } from '@preact/signals';
import type { Scope } from '../../api/endpoints';
import type { CatalogueAnswer, VersionAnswer, WindowAnswer } from '../../api/types';
import type { Span } from '../../charts/scale';
import { spanText, toMs } from '../../format';
import { referenceText } from '../../references';
import { asked, query, setSpan } from '../../state';
import type { Catalogue } from './metrics';

export const reference = computed(() => query.value.reference);

export const scopeOf = (version: VersionAnswer): Scope => ({
  fqn: version.registered.fqn,
  ...asked.value,
  reference: reference.value,
  where: query.value.where,
});

export const byName = (answer: CatalogueAnswer | null): Catalogue => new Map(answer?.entries.map((entry) => [entry.name, entry]));

/** A window as an axis has it. */
export const spanOf = (window: WindowAnswer): Span => [toMs(window.start), toMs(window.end)];

export const timesOf = (starts: readonly string[]): number[] => starts.map(toMs);

/** A brushed span becomes the page's range; Back undoes it. */
export const brush = ([start, end]: Span): void => setSpan({ start, end });

export function about(version: VersionAnswer, window: WindowAnswer, referenceName?: string | null): string {
  const against = referenceName ? ` · reference ${referenceText(referenceName)}` : '';
  const filter = query.value.where ? ` · where ${query.value.where}` : '';
  return `${version.registered.fqn} · ${spanText(window.start, window.end)} UTC${against}${filter}`;
}
