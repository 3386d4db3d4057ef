import * as api from '../../api/endpoints';
import type { QualityAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { query } from '../../state';
import { NoReference } from '../overview/NoReference';
import { scopeOf } from '../overview/page';
import { Foot } from '../version/Foot';
import { Framed } from '../version/Framed';
import { CheckPanel } from './CheckPanel';
import { Columns } from './Columns';
import { Issues } from './Issues';
import { columnOf, columnsOf, keyCheck } from './quality';
import { RowChecks } from './RowChecks';
import { Strip } from './Strip';
import { Volume } from './Volume';

/** What is wrong with a version's data: with its columns, its rows, and their number. */
export function Quality({ version }: { version: VersionAnswer }) {
  const asked = useAnswer<QualityAnswer>(api.quality(scopeOf(version)));
  return (
    <Framed version={version} asked={asked} testId="quality">
      {(answer) => <Report version={version} answer={answer} />}
    </Framed>
  );
}

function Report({ version, answer }: { version: VersionAnswer; answer: QualityAnswer }) {
  const check = keyCheck(answer, query.value.check);
  const chosen = columnOf(answer, check, query.value.column) ?? columnsOf(answer, check)[0] ?? null;
  return (
    <>
      <Strip answer={answer} />
      <Issues version={version} answer={answer} />
      {!answer.reference && <NoReference version={version} what="Most checks compare" />}
      {check !== null && (
        <div class="overview-row drift-row">
          <Columns version={version} answer={answer} check={check} chosen={chosen?.total.column ?? null} />
          {chosen && <CheckPanel version={version} answer={answer} column={chosen} />}
        </div>
      )}
      <Volume version={version} answer={answer} />
      <RowChecks version={version} answer={answer} />
      <Foot window={answer.window} stepS={answer.step_s} />
    </>
  );
}
