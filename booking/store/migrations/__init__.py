"""Alembic's steps from one schema to the next: linear, one file a step, run by ``booking.store.revision`` without alembic.ini."""
