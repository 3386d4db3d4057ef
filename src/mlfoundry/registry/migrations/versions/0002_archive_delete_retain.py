"""Archive and delete projects and models, archive versions, and say for how long a project's data is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nothing is archived, deleted or limited yet."""
    for table, names in (
        ("projects", ("archived_at", "deleted_at")),
        ("models", ("archived_at", "deleted_at")),
        ("model_versions", ("archived_at",)),
    ):
        for name in names:
            op.add_column(table, sa.Column(name, sa.BigInteger(), nullable=True))
    for name in ("events_days", "aggregates_days"):
        op.add_column("projects", sa.Column(name, sa.Integer(), nullable=True))
