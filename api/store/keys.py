"""Keys in the store; every function takes the connection it works on."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from api.keys import Key
from api.store.tables import keys


def every_key(connection: Connection) -> list[Key]:
    """Return all keys, revoked ones among them, the oldest first."""
    rows = connection.execute(select(keys).order_by(keys.c.created, keys.c.id)).mappings()
    return [_key(row) for row in rows]


def find_key(connection: Connection, key_id: str) -> Key | None:
    """Return the key of an id; ``None`` if there is none."""
    row = connection.execute(select(keys).where(keys.c.id == key_id)).mappings().first()
    return None if row is None else _key(row)


def add_key(connection: Connection, key: Key) -> None:
    """Keep a new key."""
    connection.execute(insert(keys).values(_row(key)))


def replace_key(connection: Connection, key: Key) -> None:
    """Keep a key in the place of the one of the same id."""
    connection.execute(update(keys).where(keys.c.id == key.id).values(_row(key)))


def _key(row: Mapping[Any, Any]) -> Key:
    scopes = tuple(row["scopes"].split(",")) if row["scopes"] else ()
    return Key(**{**row, "scopes": scopes})


def _row(key: Key) -> dict[str, Any]:
    return {**key._asdict(), "scopes": ",".join(key.scopes)}
