import type { CurvesAnswer } from '../../api/types';
import { plainName } from '../../charts/labels';
import { PickOne } from '../../components/PickOne';
import { setQuery } from '../../state';

const FIRST = 3;

/** The class whose scores are shown. */
export function ClassPicker({ answer }: { answer: CurvesAnswer }) {
  if (answer.labels.length < 2) return null;
  const picks = answer.labels.map((label) => ({ key: label, label: plainName(label, 30) }));
  return <PickOne label="Class" first={picks.slice(0, FIRST)} others={picks.slice(FIRST)} value={answer.label} onChoose={(label) => setQuery({ label, threshold: '' })} testId="more-classes" />;
}
