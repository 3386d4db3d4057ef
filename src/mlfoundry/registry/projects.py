"""Projects (ml_repos)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from mlfoundry.errors import NotFound
from mlfoundry.fqn import DEFAULT_TENANT, check_repo_name
from mlfoundry.registry.records import Project
from mlfoundry.registry.tables import ModelRow, ProjectRow, RunRow


class Projects:
    """Make and find projects."""

    def __init__(self, sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._clock = clock

    def create(self, name: str, *, description: str | None = None, tenant: str = DEFAULT_TENANT) -> Project:
        """Make a project, or return the one of that name; a description given later replaces an earlier one."""
        check_repo_name(name)
        with self._sessions.begin() as session:
            row = find_project(session, name, tenant=tenant)
            if row is None:
                row = ProjectRow(tenant=tenant, name=name, description=description, created_at=self._clock())
                session.add(row)
            elif description is not None:
                row.description = description
            session.flush()
            return _project(session, row)

    def all(self) -> list[Project]:
        """Every project, by name."""
        with self._sessions() as session:
            rows = session.scalars(select(ProjectRow).order_by(ProjectRow.name)).all()
            return [_project(session, row) for row in rows]

    def get(self, name: str) -> Project:
        """The project of that name; raises :class:`NotFound`."""
        with self._sessions() as session:
            return _project(session, need_project(session, name))


def find_project(session: Session, name: str, *, tenant: str = DEFAULT_TENANT) -> ProjectRow | None:
    """The row of a project, or None."""
    return session.scalar(select(ProjectRow).where(ProjectRow.tenant == tenant, ProjectRow.name == name))


def need_project(session: Session, name: str, *, tenant: str = DEFAULT_TENANT) -> ProjectRow:
    """The row of a project; raises :class:`NotFound` that names the closest."""
    row = find_project(session, name, tenant=tenant)
    if row is None:
        raise NotFound("ml_repo", name, known=session.scalars(select(ProjectRow.name)).all())
    return row


def _project(session: Session, row: ProjectRow) -> Project:
    def count(table: type[ModelRow] | type[RunRow]) -> int:
        return session.scalar(select(func.count()).select_from(table).where(table.project_id == row.id)) or 0

    return Project(
        name=row.name,
        tenant=row.tenant,
        description=row.description,
        created_at=row.created_at,
        n_models=count(ModelRow),
        n_runs=count(RunRow),
    )
