"""Run by Alembic: apply migrations on the connection that :mod:`mlfoundry.registry.database` opened."""

from alembic import context

from mlfoundry.registry.tables import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
