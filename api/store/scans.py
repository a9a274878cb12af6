"""Saved scans in the store; every function takes the connection it works on."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from api.scans import Scan
from api.store.tables import scans


class SavedScan(NamedTuple):
    """A scan that somebody keeps."""

    id: str
    owner: str
    """The id of a key; empty: somebody who needed none."""
    name: str
    """Empty: it has none."""
    spec: Mapping[str, Any]
    """What a client would send to get it."""
    created: int
    """When it was saved first, ms since the epoch."""


def spec_text(scan: Scan) -> str:
    """Return a scan as it is kept: JSON."""
    return msgspec.json.encode(scan.spec()).decode()


def every_spec(connection: Connection) -> dict[str, str]:
    """Return the JSON of every saved scan by id, whoever keeps it."""
    return {row.id: row.spec for row in connection.execute(select(scans.c.id, scans.c.spec))}


def scans_of(connection: Connection, owner: str, first: int, count: int) -> list[SavedScan]:
    """Return some of an owner's scans, the oldest first; ``first`` of them are left out."""
    chosen = select(scans).where(scans.c.owner == owner).order_by(scans.c.created, scans.c.id)
    rows = connection.execute(chosen.offset(first).limit(count)).mappings()
    return [SavedScan(**{**row, "spec": msgspec.json.decode(row["spec"])}) for row in rows]


def count_scans(connection: Connection, owner: str) -> int:
    """Return how many scans an owner keeps."""
    counted = connection.execute(select(func.count()).select_from(scans).where(scans.c.owner == owner))
    return counted.scalar_one()


def keep_scan(connection: Connection, owner: str, name: str, scan: Scan, now: int) -> bool:
    """Keep a scan under a name, which replaces the one it had; tell whether the owner did not keep it before."""
    mine = (scans.c.id == scan.id) & (scans.c.owner == owner)
    if connection.execute(update(scans).where(mine).values(name=name)).rowcount:
        return False
    row = {"id": scan.id, "owner": owner, "name": name, "spec": spec_text(scan), "created": now}
    connection.execute(insert(scans).values(row))
    return True


def drop_scan(connection: Connection, owner: str, scan_id: str) -> bool:
    """Keep a scan no longer for its owner; tell whether it was kept."""
    mine = (scans.c.id == scan_id) & (scans.c.owner == owner)
    return connection.execute(delete(scans).where(mine)).rowcount > 0
