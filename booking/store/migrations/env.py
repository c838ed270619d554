"""Runs the steps on the connection that ``booking.store.revision`` hands over."""

from __future__ import annotations

from alembic import context

from booking.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
