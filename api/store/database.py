"""The database of the store: SQLite or Postgres by URL, brought to the newest tables when it is opened.

Everything here blocks: the gateway calls it in a thread.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

BUSY_MS: Final = 10_000
"""How long SQLite waits for another process that writes."""
MIGRATING: Final = 7_303_291
"""The number under which gateways that start at once wait for one another in Postgres."""
CONNECT_SECONDS: Final = 5
"""How long Postgres may take to let a connection in."""
STATEMENT_MS: Final = 10_000
"""How long Postgres may work on one statement, and how long it may leave what was sent to it unconfirmed."""
MIGRATION_MS: Final = 120_000
"""The same for what makes the tables, and for the wait for another gateway that does."""
SQLITE: Final = "sqlite"
POSTGRES: Final = ("postgresql", "postgres")
PSYCOPG: Final = "postgresql+psycopg"
AT_ONCE: Final = "at_once"
"""The option of a connection that means to write: SQLite then waits its turn at the start, and not in the middle."""


class StoreError(Exception):
    """The store cannot be opened, read or written; the message says why."""


def usual_url() -> str:
    """Return the URL of a file in the folder that is kept for a user's programs."""
    base = os.environ.get("XDG_STATE_HOME")
    try:
        folder = Path(base) if base else Path.home() / ".local" / "state"
    except RuntimeError as problem:
        message = f"there is no folder for the store: {problem}"
        raise StoreError(message) from problem
    return f"sqlite:///{folder / 'tickerboard' / 'tickerboard.db'}"


class Database:
    """One database; nothing is opened before ``open``."""

    def __init__(self, url: str = "") -> None:
        """Take the URL, ``usual_url`` where it is empty; ``sqlite://`` is one in memory, of this process."""
        self._url = _url(url or usual_url())
        self._engine = _engine(self._url)

    def open(self) -> None:
        """Make the file where there is none, and the tables that are missing."""
        if self._url.drivername == SQLITE and self._url.database:
            try:
                Path(self._url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            except OSError as problem:
                message = f"the store's folder cannot be made: {problem}"
                raise StoreError(message) from problem
        with self.writing() as connection:
            _migrate(connection)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read by."""
        with _told(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together at the end, or not at all where it fails."""
        with _told(), self._engine.execution_options(**{AT_ONCE: True}).begin() as connection:
            yield connection


@contextmanager
def _told() -> Iterator[None]:
    """Turn whatever the database complains of into one line."""
    try:
        yield
    except SQLAlchemyError as problem:
        cause = getattr(problem, "orig", None) or problem
        said = str(cause).strip().splitlines()
        message = f"the store does not work: {said[0] if said else type(cause).__name__}"
        raise StoreError(message) from problem


def _url(text: str) -> URL:
    """Return the URL with the driver of this project; raise ``StoreError`` if it is none."""
    try:
        url = make_url(text)
    except ArgumentError:
        # The text may hold a password: it is not said.
        message = "the store's URL is none; it looks like sqlite:///file.db or postgresql://user:password@host/name"
        raise StoreError(message) from None
    if url.drivername in POSTGRES:
        return url.set(drivername=PSYCOPG)
    if url.drivername not in (SQLITE, PSYCOPG):
        message = f"the store cannot be {url.drivername}: only {SQLITE} and {POSTGRES[0]}"
        raise StoreError(message)
    return url


def _engine(url: URL) -> Engine:
    if url.drivername == SQLITE:
        return _sqlite(url)
    return create_engine(url, pool_size=2, pool_pre_ping=True, connect_args=_limits(url))


def _limits(url: URL) -> dict[str, Any]:
    """Return how long Postgres may be waited for; what the URL says of its own stays."""
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    limits = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": STATEMENT_MS,
        "options": f"-c statement_timeout={STATEMENT_MS} {options}".strip(),
    }
    return {name: value for name, value in limits.items() if name == "options" or name not in url.query}


def _sqlite(url: URL) -> Engine:
    """Return an engine whose transactions are SQLite's own; Python's driver would leave out some of what is in them."""
    in_memory = not url.database or url.database == ":memory:"
    pool = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def connected(connection: object, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined] # sqlite3.Connection: we begin and end ourselves
        for pragma in (f"busy_timeout = {BUSY_MS}", "journal_mode = wal", "synchronous = normal"):
            connection.execute(f"pragma {pragma}")  # type: ignore[attr-defined] # as above

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate" if connection.get_execution_options().get(AT_ONCE) else "begin")

    return engine


def _migrate(connection: Connection) -> None:
    """Bring the tables to the newest form, one process after the other."""
    from alembic import command  # noqa: PLC0415 - it takes longer to import than the rest of the gateway's store
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"set local statement_timeout = {MIGRATION_MS}"))
        connection.execute(text("select pg_advisory_xact_lock(:number)"), {"number": MIGRATING})
    config = Config()
    config.set_main_option("script_location", "api:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        message = f"the store is of another, probably newer version: {problem}"
        raise StoreError(message) from problem
