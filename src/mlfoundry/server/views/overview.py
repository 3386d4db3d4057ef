"""Answers about whole versions: the fleet, and the head of one version's page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from mlfoundry.drift.answers import DriftVerdict
from mlfoundry.drift.report import report
from mlfoundry.performance.maturity import qualified
from mlfoundry.performance.report import default_metric
from mlfoundry.registry.records import ModelVersion
from mlfoundry.server.answers import ColumnAbout, FleetAnswer, FleetVersion, VersionAnswer, VersionStatus, WindowAnswer
from mlfoundry.server.parts import Parts
from mlfoundry.server.views.comparison import compare, reference_answers
from mlfoundry.server.views.maturity import judge_total
from mlfoundry.server.views.performance import MEASURED
from mlfoundry.server.views.question import Question, describe
from mlfoundry.server.views.registry import version_answer as registered_answer
from mlfoundry.server.views.subject import Subject, subject_of
from mlfoundry.windows import Window

_WORST_FIRST: tuple[VersionStatus, ...] = ("drifted", "watch", "ok", "insufficient_data", "no_reference", "waiting")
_STATISTIC = "psi"


def version_answer(question: Question) -> VersionAnswer:
    """Everything a version's page needs before its charts."""
    parts, info = question.parts, question.info
    subject = subject_of(question.schema, info)
    ledger = parts.store.ledger(question.fqn)
    return VersionAnswer(
        registered=registered_answer(question.version, n_predictions=info.n_predictions, last_at=info.last_at),
        task=subject.task,
        positive_class=subject.positive_class,
        classes=list(info.classes),
        columns=[ColumnAbout(key=c.key, role=c.role, name=c.name, kind=c.kind, type=c.type) for c in info.columns],
        references=reference_answers(question),
        versions=[
            version.version
            for version in parts.registry.models.versions(
                question.version.fqn.model, archived=question.version.archived
            )
        ],
        n_predictions=info.n_predictions,
        n_actuals=info.n_actuals,
        first_at=info.first_at,
        last_at=info.last_at,
        last_received_at=info.last_received_at,
        has_probabilities=info.has_probabilities,
        has_shap=info.has_shap,
        inbox_rows=parts.ingest.waiting_rows(question.fqn),
        rejected_rows=sum(entry.n for entry in ledger if entry.state == "rejected"),
        note=parts.registry.projects.get(question.version.fqn.model.ml_repo).description,
    )


def fleet_answer(parts: Parts, window: Window, step: timedelta, *, ml_repo: str | None) -> FleetAnswer:
    """Every version of every model (or of one ml_repo), worst first."""
    if ml_repo is not None:
        parts.registry.projects.get(ml_repo)
    versions = [
        version for version in parts.registry.models.all_versions() if ml_repo in (None, version.fqn.model.ml_repo)
    ]
    found = [_fleet_version(Question(parts, one, describe(parts, str(one.fqn)), window), step) for one in versions]
    found.sort(key=lambda one: (_WORST_FIRST.index(one.status), -one.predictions, one.fqn))
    covered = window.snapped()
    return FleetAnswer(
        window=WindowAnswer(start=covered.start, end=covered.end),
        step_s=int(step.total_seconds()),
        versions=found,
        note=_note(parts, versions),
    )


def _note(parts: Parts, versions: Iterable[ModelVersion]) -> str | None:
    """What the one project on the page says about itself."""
    projects = {version.fqn.model.ml_repo for version in versions}
    return parts.registry.projects.get(projects.pop()).description if len(projects) == 1 else None


def _fleet_version(question: Question, step: timedelta) -> FleetVersion:
    info = question.info
    subject = subject_of(question.schema, info)
    total = question.total(outcomes=MEASURED)
    reference = compare(question, None)
    verdicts = report(
        reference.ready() if reference else None,
        total.columns,
        statistic=_STATISTIC,
        window_length=question.covered.length,
        false_alarms_per_month=question.version.false_alarms_per_month,
    )
    metric = _metric(question, subject)
    steps = question.series(step, columns=())
    values = qualified(subject.report(total, metric), judge_total(question, subject, total, steps)) if metric else ()
    measured = reference if metric and reference and reference.has_actuals else None
    before = subject.report(measured.total(("prediction",), outcomes=MEASURED), metric) if measured else ()
    return FleetVersion(
        fqn=question.fqn,
        ml_repo=question.version.fqn.model.ml_repo,
        model=question.version.fqn.model.name,
        version=question.version.version,
        status=_status(question, verdicts, has_reference=reference is not None),
        task=subject.task,
        predictions=total.n,
        with_actual=total.n_with_actual,
        coverage=total.coverage,
        metric=values[0] if values else None,
        metric_reference=before[0].value if before else None,
        drifted=sum(verdict.status == "drifted" for verdict in verdicts),
        watch=sum(verdict.status == "watch" for verdict in verdicts),
        columns=len(verdicts),
        first_at=info.first_at,
        last_at=info.last_at,
        volume=[summaries.n for summaries in steps],
    )


def _metric(question: Question, subject: Subject) -> tuple[str, ...]:
    name = default_metric(subject.measured_as)
    return () if name is None else (name,)


def _status(question: Question, verdicts: Iterable[DriftVerdict], *, has_reference: bool) -> VersionStatus:
    """The worst of the columns; a version without predictions is waiting for its first."""
    if not question.info.n_predictions:
        return "waiting"
    if not has_reference:
        return "no_reference"
    statuses: list[VersionStatus] = [verdict.status for verdict in verdicts] or ["insufficient_data"]
    return min(statuses, key=_WORST_FIRST.index)
