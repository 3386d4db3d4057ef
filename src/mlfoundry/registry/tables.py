"""The registry's tables, as SQLAlchemy maps them. ``migrations/`` makes them; a test holds the two together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Float,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from mlfoundry.times import of_micros, to_micros


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time, kept as microseconds since 1970: SQLite has no time type and loses the zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The stored form."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The time."""
        return None if value is None else of_micros(int(value))


class Base(DeclarativeBase):
    """Gives constraints their names, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[dict[str, Any]]: JSON}  # noqa: RUF012


class ProjectRow(Base):
    """An ml_repo; a deleted one stays as a mark, so that its models' numbers are not given away again."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(String(256))
    name: Mapped[str] = mapped_column(String(256))
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    events_days: Mapped[int | None]
    aggregates_days: Mapped[int | None]


class RunRow(Base):
    """A run; its params and tags are few and read as a whole, so they are JSON."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("project_id", "name"), Index(None, "project_id", "started_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(256))
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(256))
    params: Mapped[dict[str, Any]]
    tags: Mapped[dict[str, Any]]

    project: Mapped[ProjectRow] = relationship(lazy="joined", innerjoin=True)


class MetricRow(Base):
    """One value of one metric of a run."""

    __tablename__ = "run_metrics"
    __table_args__ = (Index(None, "run_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    name: Mapped[str] = mapped_column(String(256))
    step: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[float | None] = mapped_column(Float)
    at: Mapped[datetime]


class ModelRow(Base):
    """A model; ``last_version`` only grows, so that a deleted version's number is not given away again."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_version: Mapped[int]
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    project: Mapped[ProjectRow] = relationship(lazy="joined", innerjoin=True)


class VersionRow(Base):
    """A model version; deleted ones stay as a mark, so that late rows are refused with the right words."""

    __tablename__ = "model_versions"
    __table_args__ = (UniqueConstraint("model_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    version: Mapped[int]
    step: Mapped[int] = mapped_column(BigInteger)
    description: Mapped[str | None] = mapped_column(Text)
    meta: Mapped[dict[str, Any]]
    framework: Mapped[str | None] = mapped_column(String(64))
    model_schema: Mapped[dict[str, Any] | None]
    custom_metrics: Mapped[list[dict[str, Any]]]
    default_reference: Mapped[str | None] = mapped_column(String(600))
    false_alarms_per_month: Mapped[float | None] = mapped_column(Float)
    run_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("runs.id", ondelete="SET NULL"))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    n_files: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    model: Mapped[ModelRow] = relationship(lazy="joined", innerjoin=True)
    run: Mapped[RunRow | None] = relationship(lazy="joined")
