"""How the store's tables came to be as they are: Alembic runs what a database lacks when a gateway opens it."""
