"""Models and their versions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, func, select, true, update
from sqlalchemy.orm import Session, sessionmaker

from mlfoundry.custom_metrics import check_number
from mlfoundry.errors import Deleted, InvalidInput, NotFound
from mlfoundry.fqn import ModelFqn, ModelVersionFqn, check_model_name
from mlfoundry.registry.projects import find_project, need_project
from mlfoundry.registry.records import Model, ModelVersion, NewVersion
from mlfoundry.registry.runs import latest_metrics, need_run
from mlfoundry.registry.schema_rules import check_only_additions, check_types_kept
from mlfoundry.registry.tables import ModelRow, ProjectRow, VersionRow
from mlfoundry.schema import CustomMetric, ModelSchema, read_schema

_FALSE_ALARMS = 1.0
"""A month and version, as long as nobody says otherwise."""


class Models:
    """Register, find, extend and delete model versions."""

    def __init__(self, sessions: sessionmaker[Session], clock: Callable[[], datetime]) -> None:
        self._sessions = sessions
        self._clock = clock

    def create_version(self, ml_repo: str, new: NewVersion) -> ModelVersion:
        """Register the next version of a model, and the model with its first one.

        Raises
        ------
        NotFound
            No such ml_repo or run.
        InvalidInput
            A name is malformed, or the schema gives a feature another type than an earlier version.
        """
        check_model_name(new.name)
        now = self._clock()
        with self._sessions.begin() as session:
            project = need_project(session, ml_repo)
            run = None if new.run_id is None else need_run(session, new.run_id)
            if run is not None and run.project_id != project.id:
                raise InvalidInput(f"the run {run.name!r} belongs to the ml_repo {run.project.name!r}, not {ml_repo!r}")
            model = session.scalar(_named(project, new.name)) or ModelRow(
                project=project, name=new.name, created_at=now, last_version=0
            )
            if model.deleted_at is not None:  # its name is used again, the numbers of its versions are not
                model.deleted_at, model.archived_at, model.created_at = None, None, now
            if new.schema is not None and model.id is not None:  # pyright: ignore[reportUnnecessaryComparison]
                check_types_kept(new.schema, _schemas(session, model))
            model.last_version += 1
            model.updated_at = now
            row = VersionRow(
                model=model,
                version=model.last_version,
                step=new.step,
                description=new.description,
                meta=new.metadata or {},
                framework=new.framework,
                model_schema=_schema_fields(new.schema),
                custom_metrics=_metric_fields(new.custom_metrics),
                run=run,
                size_bytes=0,
                n_files=0,
                created_by=new.created_by,
                created_at=now,
                updated_at=now,
            )
            session.add(row)
            session.flush()
            return _versions(session, [row])[0]

    def models(self, ml_repo: str, *, archived: bool = False) -> list[Model]:
        """The models of a project, the last changed first; archived ones when they are asked for."""
        with self._sessions() as session:
            project = need_project(session, ml_repo)
            shown = true() if archived else ModelRow.archived_at.is_(None)
            rows = session.execute(
                select(ModelRow, func.count(VersionRow.id), func.max(VersionRow.version))
                .outerjoin(VersionRow, (VersionRow.model_id == ModelRow.id) & VersionRow.deleted_at.is_(None))
                .where(ModelRow.project_id == project.id, ModelRow.deleted_at.is_(None), shown)
                .group_by(ModelRow.id)
                .order_by(ModelRow.updated_at.desc(), ModelRow.name)
            ).all()
            return [
                Model(
                    name=row.name,
                    fqn=_model_fqn(row),
                    created_at=row.created_at,
                    updated_at=row.updated_at,
                    n_versions=count,
                    latest_version=latest or 0,
                    archived=row.archived_at is not None,
                )
                for row, count, latest in rows
            ]

    def versions(self, fqn: ModelFqn, *, archived: bool = False) -> list[ModelVersion]:
        """The versions of a model, newest first, archived ones when they are asked for; raises :class:`NotFound`."""
        with self._sessions() as session:
            rows = _live(session, self._need_model(session, fqn))
            return _versions(session, [row for row in rows if archived or row.archived_at is None])

    def all_versions(self, *, archived: bool = False) -> list[ModelVersion]:
        """Every version that is not deleted, newest first; those that are archived, or whose model or project is, when
        they are asked for."""
        with self._sessions() as session:
            rows = session.scalars(
                select(VersionRow).where(VersionRow.deleted_at.is_(None)).order_by(VersionRow.created_at.desc())
            ).all()
            return _versions(session, [row for row in rows if archived or not _hidden(row)])

    def version(self, fqn: ModelVersionFqn) -> ModelVersion:
        """A version, ``latest`` included; raises :class:`NotFound` or :class:`Deleted`."""
        with self._sessions() as session:
            return _versions(session, [self._need_version(session, fqn)])[0]

    def update_version(
        self,
        fqn: ModelVersionFqn,
        *,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        schema: ModelSchema | None = None,
        default_reference: str | None = None,
        false_alarms_per_month: float | None = None,
    ) -> ModelVersion:
        """Change what is given; a schema may only grow. An empty ``default_reference`` is none again."""
        if false_alarms_per_month is not None and not 0 < false_alarms_per_month < math.inf:
            raise InvalidInput("false_alarms_per_month must be a number above 0")
        with self._sessions.begin() as session:
            row = self._need_version(session, fqn)
            if description is not None:
                row.description = description
            if metadata is not None:
                row.meta = metadata
            if default_reference is not None:
                row.default_reference = default_reference or None
            if false_alarms_per_month is not None:
                row.false_alarms_per_month = false_alarms_per_month
            if schema is not None:
                if row.model_schema is not None:
                    check_only_additions(read_schema(row.model_schema), schema)
                check_types_kept(schema, _schemas(session, row.model))
                row.model_schema = _schema_fields(schema)
            row.updated_at = row.model.updated_at = self._clock()
            return _versions(session, [row])[0]

    def put_custom_metric(self, fqn: ModelVersionFqn, metric: CustomMetric) -> ModelVersion:
        """Give a version a custom metric, in place of one of its name; raises where it would have too many."""
        with self._sessions.begin() as session:
            row = self._locked_version(session, fqn)
            known = {one.name: one for one in _custom_metrics(row)} | {metric.name: metric}
            check_number(known)
            return _with_metrics(session, row, known)

    def remove_custom_metric(self, fqn: ModelVersionFqn, name: str) -> ModelVersion:
        """Take a custom metric from a version; raises :class:`NotFound` where it has none of that name."""
        with self._sessions.begin() as session:
            row = self._locked_version(session, fqn)
            known = {one.name: one for one in _custom_metrics(row)}
            if name not in known:
                raise NotFound("custom metric", name, known=known)
            del known[name]
            return _with_metrics(session, row, known)

    def _locked_version(self, session: Session, fqn: ModelVersionFqn) -> VersionRow:
        """A version that nobody else changes before this transaction ends: it is written first, then read."""
        row = self._need_version(session, fqn)
        now = self._clock()
        session.execute(update(VersionRow).where(VersionRow.id == row.id).values(updated_at=now))
        session.refresh(row)
        row.model.updated_at = now
        return row

    def set_files(self, fqn: ModelVersionFqn, *, n_files: int, size_bytes: int) -> None:
        """Book how many files a version has."""
        with self._sessions.begin() as session:
            row = self._need_version(session, fqn)
            row.n_files, row.size_bytes, row.updated_at = n_files, size_bytes, self._clock()

    def archive_version(self, fqn: ModelVersionFqn, *, archived: bool) -> ModelVersion:
        """Hide a version in lists, or show it again; nothing else changes."""
        with self._sessions.begin() as session:
            row = self._need_version(session, fqn)
            row.archived_at = self._clock() if archived else None
            return _versions(session, [row])[0]

    def archive_model(self, fqn: ModelFqn, *, archived: bool) -> None:
        """Hide a model and its versions in lists, or show them again; nothing else changes."""
        with self._sessions.begin() as session:
            self._need_model(session, fqn).archived_at = self._clock() if archived else None

    def delete_version(self, fqn: ModelVersionFqn) -> None:
        """Delete a version; its number is not given away again."""
        with self._sessions.begin() as session:
            self._need_version(session, fqn).deleted_at = self._clock()

    def delete_model(self, fqn: ModelFqn) -> None:
        """Delete a model with its versions; one of that name goes on with the numbers where this one stopped."""
        now = self._clock()
        with self._sessions.begin() as session:
            row = self._need_model(session, fqn)
            for version in _live(session, row):
                version.deleted_at = now
            row.deleted_at = now

    def deleted(self) -> frozenset[str]:
        """The FQNs of deleted versions."""
        with self._sessions() as session:
            rows = session.scalars(select(VersionRow).where(VersionRow.deleted_at.is_not(None))).all()
            return frozenset(str(_version_fqn(row)) for row in rows)

    def _need_model(self, session: Session, fqn: ModelFqn) -> ModelRow:
        project = find_project(session, fqn.ml_repo, tenant=fqn.tenant)
        row = None if project is None else _model_of(session, project, fqn.name)
        if row is None:
            live = session.scalars(select(ModelRow).where(ModelRow.deleted_at.is_(None)))
            raise NotFound("model", str(fqn), known=[str(_model_fqn(one)) for one in live])
        return row

    def _need_version(self, session: Session, fqn: ModelVersionFqn) -> VersionRow:
        model = session.scalar(  # deleted or not: a deleted version says so
            select(ModelRow)
            .join(ModelRow.project)
            .where(ModelRow.name == fqn.model.name)
            .where(ProjectRow.name == fqn.model.ml_repo, ProjectRow.tenant == fqn.model.tenant)
        )
        query = select(VersionRow).where(VersionRow.model_id == (None if model is None else model.id))
        if fqn.version is None:
            query = query.where(VersionRow.deleted_at.is_(None)).order_by(VersionRow.version.desc()).limit(1)
        else:
            query = query.where(VersionRow.version == fqn.version)
        row = session.scalar(query)
        if row is None:
            live = session.scalars(select(VersionRow).where(VersionRow.deleted_at.is_(None)))
            raise NotFound("model version", str(fqn), known=[str(_version_fqn(one)) for one in live])
        if row.deleted_at is not None:
            raise Deleted("model version", str(fqn))
        return row


def _named(project: ProjectRow, name: str) -> Select[ModelRow]:
    return select(ModelRow).where(ModelRow.project_id == project.id, ModelRow.name == name)


def _model_of(session: Session, project: ProjectRow, name: str) -> ModelRow | None:
    return session.scalar(_named(project, name).where(ModelRow.deleted_at.is_(None)))


def _hidden(row: VersionRow) -> bool:
    return any(part.archived_at is not None for part in (row, row.model, row.model.project))


def _live(session: Session, model: ModelRow) -> Sequence[VersionRow]:
    return session.scalars(
        select(VersionRow)
        .where(VersionRow.model_id == model.id, VersionRow.deleted_at.is_(None))
        .order_by(VersionRow.version.desc())
    ).all()


def _schemas(session: Session, model: ModelRow) -> list[tuple[int, ModelSchema]]:
    return [(row.version, read_schema(row.model_schema)) for row in _live(session, model) if row.model_schema]


def _schema_fields(schema: ModelSchema | None) -> dict[str, Any] | None:
    return None if schema is None else msgspec.to_builtins(schema)


def _metric_fields(metrics: Sequence[CustomMetric]) -> list[dict[str, Any]]:
    return msgspec.to_builtins(metrics)


def _custom_metrics(row: VersionRow) -> tuple[CustomMetric, ...]:
    return msgspec.convert(row.custom_metrics, tuple[CustomMetric, ...])


def _with_metrics(session: Session, row: VersionRow, metrics: Mapping[str, CustomMetric]) -> ModelVersion:
    row.custom_metrics = _metric_fields(tuple(metrics.values()))
    return _versions(session, [row])[0]


def _model_fqn(row: ModelRow) -> ModelFqn:
    return ModelFqn(row.project.tenant, row.project.name, row.name)


def _version_fqn(row: VersionRow) -> ModelVersionFqn:
    return ModelVersionFqn(_model_fqn(row.model), row.version)


def _versions(session: Session, rows: Sequence[VersionRow]) -> list[ModelVersion]:
    metrics = latest_metrics(session, [row.run_id for row in rows if row.run_id])
    return [
        ModelVersion(
            fqn=_version_fqn(row),
            version=row.version,
            step=row.step,
            description=row.description,
            metadata=row.meta,
            framework=row.framework,
            schema=read_schema(row.model_schema) if row.model_schema else None,
            custom_metrics=_custom_metrics(row),
            default_reference=row.default_reference,
            false_alarms_per_month=_FALSE_ALARMS if row.false_alarms_per_month is None else row.false_alarms_per_month,
            metrics=metrics.get(row.run_id or "", {}),
            run_id=row.run_id,
            run_name=row.run.name if row.run else None,
            n_files=row.n_files,
            size_bytes=row.size_bytes,
            created_by=row.created_by,
            created_at=row.created_at,
            updated_at=row.updated_at,
            archived=row.archived_at is not None,
        )
        for row in rows
    ]
