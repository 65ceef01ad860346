"""Alembic's environment: it works on the connection that `bot.store.migrate` hands it."""

from alembic import context

from bot.store.columns import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table="alembic_version_centre",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
