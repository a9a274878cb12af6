"""Runs migrations on the connection that ``api.store.database`` hands over; Alembic loads this file."""

from alembic import context

from api.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
