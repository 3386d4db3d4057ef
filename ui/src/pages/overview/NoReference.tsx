import type { VersionAnswer } from '../../api/types';
import { Snippet } from '../../components/Copy';
import { setQuery } from '../../state';
import { referenceSnippet } from './snippet';

/** How to give a version something to be compared with. */
export function NoReference({ version, what = 'Drift compares' }: { version: VersionAnswer; what?: string }) {
  return (
    <section class="card no-reference" aria-labelledby="no-reference-title" data-testid="no-reference">
      <div class="card-head">
        <h2 id="no-reference-title">No reference yet</h2>
        <span class="muted">{what} this window with data the model was trained or validated on. Upload it once:</span>
        <div class="grow" />
        <button type="button" class="button" data-testid="trailing" onClick={() => setQuery({ reference: 'trailing:7d' })}>
          Compare with the 7 days before
        </button>
      </div>
      <Snippet text={referenceSnippet(version, location.origin)} label="the upload of a reference" />
    </section>
  );
}
