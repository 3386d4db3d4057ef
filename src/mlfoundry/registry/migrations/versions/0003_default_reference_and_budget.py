"""What a version is compared with unless a question names a reference, and its budget of false alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; until they are set the first uploaded reference and one alarm a month hold."""
    op.add_column("model_versions", sa.Column("default_reference", sa.String(600), nullable=True))
    op.add_column("model_versions", sa.Column("false_alarms_per_month", sa.Float(), nullable=True))
