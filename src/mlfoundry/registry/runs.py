"""Runs: their params, metrics and tags."""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from mlfoundry.errors import AlreadyExists, InvalidInput, NotFound
from mlfoundry.fqn import RunFqn, check_repo_name
from mlfoundry.registry.projects import find_project, need_project
from mlfoundry.registry.records import MetricPoint, Run, RunStatus
from mlfoundry.registry.run_search import RunSearch
from mlfoundry.registry.tables import MetricRow, RunRow, VersionRow
from mlfoundry.registry.words import run_name

_MAX_KEY = 256
_MAX_TEXT = 16_384


class Runs:
    """Make, fill, find and end runs."""

    def __init__(
        self, sessions: sessionmaker[Session], clock: Callable[[], datetime], rng: random.Random | None = None
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - a name, not a secret

    def create(
        self, ml_repo: str, *, name: str | None = None, tags: Mapping[str, str] | None = None, created_by: str
    ) -> Run:
        """Start a run; without a name it gets one of two words. Raises :class:`AlreadyExists` for a name in use."""
        try:
            with self._sessions.begin() as session:
                project = need_project(session, ml_repo)
                taken = frozenset(session.scalars(select(RunRow.name).where(RunRow.project_id == project.id)))
                row = RunRow(
                    id=uuid.uuid4().hex,
                    project=project,
                    name=run_name(self._rng, taken) if name is None else check_repo_name(name, what="run"),
                    status="RUNNING",
                    started_at=self._clock(),
                    created_by=created_by,
                    params={},
                    tags=_texts(tags or {}, "tags"),
                )
                session.add(row)
                session.flush()
                return _run(row, {})
        except IntegrityError as error:
            raise AlreadyExists(f"the ml_repo {ml_repo!r} has a run {name!r} already") from error

    def get(self, run_id: str) -> Run:
        """The run of that id; raises :class:`NotFound`."""
        with self._sessions() as session:
            return _with_metrics(session, [need_run(session, run_id)])[0]

    def by_name(self, ml_repo: str, name: str) -> Run:
        """The run of that name; raises :class:`NotFound` that names the closest."""
        with self._sessions() as session:
            project = need_project(session, ml_repo)
            row = session.scalar(select(RunRow).where(RunRow.project_id == project.id, RunRow.name == name))
            if row is None:
                known = session.scalars(select(RunRow.name).where(RunRow.project_id == project.id)).all()
                raise NotFound("run", name, known=known)
            return _with_metrics(session, [row])[0]

    def by_fqn(self, fqn: RunFqn) -> Run:
        """The run of that FQN; raises :class:`NotFound`."""
        with self._sessions() as session:
            if find_project(session, fqn.ml_repo, tenant=fqn.tenant) is None:
                raise NotFound("run", str(fqn))
        return self.by_name(fqn.ml_repo, fqn.run)

    def search(self, ml_repo: str, search: RunSearch, *, max_results: int | None = None) -> list[Run]:
        """Runs of a project that the search keeps, in its order."""
        with self._sessions() as session:
            project = need_project(session, ml_repo)
            rows = session.scalars(
                select(RunRow).where(RunRow.project_id == project.id).order_by(RunRow.started_at.desc(), RunRow.id)
            ).all()
            return search.apply(_with_metrics(session, rows))[:max_results]

    def log_params(self, run_id: str, params: Mapping[str, object]) -> None:
        """Add params; raises :class:`AlreadyExists` when one was logged with another value."""
        with self._sessions.begin() as session:
            row = need_run(session, run_id)
            new = _texts(params, "params")
            for key, value in new.items():
                if row.params.get(key, value) != value:
                    raise AlreadyExists(f"the param {key!r} is {row.params[key]!r} already; a param is set once")
            row.params = {**row.params, **new}

    def set_tags(self, run_id: str, tags: Mapping[str, object]) -> None:
        """Set tags; a later value replaces an earlier one."""
        with self._sessions.begin() as session:
            row = need_run(session, run_id)
            row.tags = {**row.tags, **_texts(tags, "tags")}

    def log_metrics(self, run_id: str, metrics: Mapping[str, float], *, step: int = 0) -> None:
        """Add one value to the history of each metric; NaN and infinite ones are kept as missing."""
        now = self._clock()
        for name in metrics:
            _check_key(name, "metrics")
        with self._sessions.begin() as session:
            need_run(session, run_id)
            session.add_all(
                MetricRow(run_id=run_id, name=name, step=step, value=value if math.isfinite(value) else None, at=now)
                for name, value in metrics.items()
            )

    def metric_history(self, run_id: str) -> dict[str, list[MetricPoint]]:
        """Every logged value by metric, by step and then by arrival."""
        with self._sessions() as session:
            need_run(session, run_id)
            rows = session.scalars(
                select(MetricRow)
                .where(MetricRow.run_id == run_id)
                .order_by(MetricRow.name, MetricRow.step, MetricRow.id)
            )
            history: dict[str, list[MetricPoint]] = {}
            for row in rows:
                history.setdefault(row.name, []).append(MetricPoint(row.step, row.value, row.at))
            return history

    def end(self, run_id: str, status: RunStatus) -> Run:
        """End a run; ending it again changes nothing but the status."""
        with self._sessions.begin() as session:
            row = need_run(session, run_id)
            row.status = status
            row.ended_at = row.ended_at or self._clock()
            return _with_metrics(session, [row])[0]

    def delete(self, run_id: str) -> None:
        """Forget a run; model versions that it made stay."""
        with self._sessions.begin() as session:
            row = need_run(session, run_id)
            session.execute(update(VersionRow).where(VersionRow.run_id == run_id).values(run_id=None))
            session.execute(delete(MetricRow).where(MetricRow.run_id == run_id))
            session.delete(row)


def need_run(session: Session, run_id: str) -> RunRow:
    """The row of a run; raises :class:`NotFound`."""
    row = session.get(RunRow, run_id)
    if row is None:
        raise NotFound("run", run_id)
    return row


def latest_metrics(session: Session, runs: Sequence[str]) -> dict[str, dict[str, float]]:
    """The last value of each metric of each run, which is the last logged at the highest step."""
    wanted = (MetricRow.run_id.in_(runs), MetricRow.value.is_not(None))
    place = func.row_number().over(
        partition_by=(MetricRow.run_id, MetricRow.name), order_by=(MetricRow.step.desc(), MetricRow.id.desc())
    )
    ranked = select(MetricRow.run_id, MetricRow.name, MetricRow.value, place.label("place")).where(*wanted).subquery()
    found = session.execute(
        select(ranked.c.run_id, ranked.c.name, ranked.c.value).where(ranked.c.place == 1).order_by(ranked.c.name)
    )
    metrics: dict[str, dict[str, float]] = {}
    for run_id, name, value in found:
        metrics.setdefault(run_id, {})[name] = value
    return metrics


def _with_metrics(session: Session, rows: Sequence[RunRow]) -> list[Run]:
    metrics = latest_metrics(session, [row.id for row in rows])
    return [_run(row, metrics.get(row.id, {})) for row in rows]


def _run(row: RunRow, metrics: dict[str, float]) -> Run:
    return Run(
        run_id=row.id,
        run_name=row.name,
        fqn=str(RunFqn(row.project.tenant, row.project.name, row.name)),
        ml_repo=row.project.name,
        status=cast("RunStatus", row.status),
        started_at=row.started_at,
        ended_at=row.ended_at,
        created_by=row.created_by,
        params=row.params,
        metrics=metrics,
        tags=row.tags,
    )


def _texts(given: Mapping[str, object], what: str) -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in given.items():
        _check_key(key, what)
        texts[key] = value if isinstance(value, str) else str(value)
        if len(texts[key]) > _MAX_TEXT:
            raise InvalidInput(f"a value has at most {_MAX_TEXT:,} characters", path=f"$.{what}.{key}")
    return texts


def _check_key(key: str, what: str) -> None:
    if not 1 <= len(key) <= _MAX_KEY:
        raise InvalidInput(f"a name has 1 to {_MAX_KEY} characters", path=f"$.{what}")
