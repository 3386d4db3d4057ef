"""Projects (ml_repos)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from mlfoundry.errors import InvalidInput, NotFound
from mlfoundry.fqn import DEFAULT_TENANT, check_repo_name
from mlfoundry.registry.records import Project, Retention
from mlfoundry.registry.tables import MetricRow, ModelRow, ProjectRow, RunRow, VersionRow

_MOST_DAYS = 36_500


class Projects:
    """Make and find projects."""

    def __init__(self, sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._clock = clock

    def create(self, name: str, *, description: str | None = None, tenant: str = DEFAULT_TENANT) -> Project:
        """Make a project, or return the one of that name; a description given later replaces an earlier one."""
        check_repo_name(name)
        with self._sessions.begin() as session:
            row = session.scalar(_named(name, tenant))
            if row is None:
                row = ProjectRow(tenant=tenant, name=name, description=description, created_at=self._clock())
                session.add(row)
            elif row.deleted_at is not None:
                forget_runs(session, [row.id])
                row.deleted_at = row.archived_at = row.events_days = row.aggregates_days = None
                row.description, row.created_at = description, self._clock()
            elif description is not None:
                row.description = description
            session.flush()
            return _project(session, row)

    def all(self, *, archived: bool = False) -> list[Project]:
        """Every project, by name; archived ones when they are asked for."""
        live = select(ProjectRow).where(ProjectRow.deleted_at.is_(None))
        shown = live if archived else live.where(ProjectRow.archived_at.is_(None))
        with self._sessions() as session:
            return [_project(session, row) for row in session.scalars(shown.order_by(ProjectRow.name))]

    def get(self, name: str) -> Project:
        """The project of that name; raises :class:`NotFound`."""
        with self._sessions() as session:
            return _project(session, need_project(session, name))

    def archive(self, name: str, *, archived: bool) -> Project:
        """Hide a project and its models in lists, or show them again; nothing else changes."""
        with self._sessions.begin() as session:
            row = need_project(session, name)
            row.archived_at = self._clock() if archived else None
            return _project(session, row)

    def retain(self, name: str, retention: Retention) -> Project:
        """Say for how long a project's rows and aggregates are kept.

        Raises
        ------
        InvalidInput
            A number of days is out of range, or aggregates would go before the rows that they are made of.
        """
        days = [retention.events_days, retention.aggregates_days]
        if any(given is not None and not 1 <= given <= _MOST_DAYS for given in days):
            raise InvalidInput(f"data is kept for 1 to {_MOST_DAYS:,} days, or without a limit")
        if (
            retention.aggregates_days is not None
            and not (retention.events_days or _MOST_DAYS) <= retention.aggregates_days
        ):
            raise InvalidInput("aggregates are kept at least as long as the events that they are made of")
        with self._sessions.begin() as session:
            row = need_project(session, name)
            row.events_days, row.aggregates_days = days
            return _project(session, row)

    def delete(self, name: str) -> None:
        """Delete a project with its models and versions; its runs stay until their files are gone."""
        now = self._clock()
        with self._sessions.begin() as session:
            row = need_project(session, name)
            models = select(ModelRow.id).where(ModelRow.project_id == row.id)
            live = (VersionRow.model_id.in_(models), VersionRow.deleted_at.is_(None))
            session.execute(update(VersionRow).where(*live).values(deleted_at=now))
            session.execute(update(ModelRow).where(ModelRow.project_id == row.id).values(deleted_at=now))
            row.deleted_at = now

    def left_runs(self) -> list[str]:
        """The ids of runs of deleted projects."""
        with self._sessions() as session:
            gone = select(RunRow.id).join(ProjectRow, RunRow.project_id == ProjectRow.id)
            return list(session.scalars(gone.where(ProjectRow.deleted_at.is_not(None))))

    def forget_left_runs(self) -> None:
        """Let go of the runs of deleted projects."""
        with self._sessions.begin() as session:
            forget_runs(session, session.scalars(select(ProjectRow.id).where(ProjectRow.deleted_at.is_not(None))).all())


def forget_runs(session: Session, projects: Sequence[int]) -> None:
    """Delete the runs of projects; versions that they made lose the link."""
    runs = select(RunRow.id).where(RunRow.project_id.in_(projects))
    session.execute(update(VersionRow).where(VersionRow.run_id.in_(runs)).values(run_id=None))
    session.execute(delete(MetricRow).where(MetricRow.run_id.in_(runs)))
    session.execute(delete(RunRow).where(RunRow.project_id.in_(projects)))


def _named(name: str, tenant: str) -> Select[ProjectRow]:
    return select(ProjectRow).where(ProjectRow.tenant == tenant, ProjectRow.name == name)


def find_project(session: Session, name: str, *, tenant: str = DEFAULT_TENANT) -> ProjectRow | None:
    """The row of a project that is not deleted, or None."""
    return session.scalar(_named(name, tenant).where(ProjectRow.deleted_at.is_(None)))


def need_project(session: Session, name: str, *, tenant: str = DEFAULT_TENANT) -> ProjectRow:
    """The row of a project; raises :class:`NotFound` that names the closest."""
    row = find_project(session, name, tenant=tenant)
    if row is None:
        live = select(ProjectRow.name).where(ProjectRow.deleted_at.is_(None))
        raise NotFound("ml_repo", name, known=session.scalars(live).all())
    return row


def _project(session: Session, row: ProjectRow) -> Project:
    def count(table: type[ModelRow] | type[RunRow]) -> int:
        there = select(func.count()).select_from(table).where(table.project_id == row.id)
        return session.scalar(there.where(ModelRow.deleted_at.is_(None)) if table is ModelRow else there) or 0

    return Project(
        name=row.name,
        tenant=row.tenant,
        description=row.description,
        created_at=row.created_at,
        n_models=count(ModelRow),
        n_runs=count(RunRow),
        archived=row.archived_at is not None,
        retention=Retention(events_days=row.events_days, aggregates_days=row.aggregates_days),
    )
