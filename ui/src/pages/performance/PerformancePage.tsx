import * as api from '../../api/endpoints';
import type { PerformanceAnswer, VersionAnswer } from '../../api/types';
import { useAnswer } from '../../api/useAnswer';
import { NoActuals } from '../overview/Performance';
import { byName, scopeOf } from '../overview/page';
import { Foot } from '../version/Foot';
import { Framed } from '../version/Framed';
import { Classes } from './Classes';
import { Curves } from './Curves';
import { Metrics } from './Metrics';
import { Residuals } from './Residuals';
import { Strip } from './Strip';

/** How well a version predicts: every metric, and where the errors lie. */
export function PerformancePage({ version }: { version: VersionAnswer }) {
  const asked = useAnswer<PerformanceAnswer>(api.performance(scopeOf(version)));
  return (
    <Framed version={version} asked={asked} testId="performance-page">
      {(answer) => <Report version={version} answer={answer} />}
    </Framed>
  );
}

function Report({ version, answer }: { version: VersionAnswer; answer: PerformanceAnswer }) {
  const catalogue = byName(useAnswer(api.catalogue(version.registered.fqn)).data);
  const hasActuals = answer.total.some((one) => one.n > 0 || one.value !== null);
  return (
    <>
      <Strip answer={answer} catalogue={catalogue} />
      {hasActuals ? (
        <>
          {answer.task === 'regression' ? <Residuals version={version} /> : <Curves version={version} performance={answer} />}
          {answer.task !== 'regression' && <Classes version={version} />}
          <Metrics version={version} answer={answer} catalogue={catalogue} />
        </>
      ) : (
        <section class="card">
          <NoActuals />
        </section>
      )}
      <Foot window={answer.window} stepS={answer.step_s} />
    </>
  );
}
