"""The tables of the store. Times are ms since the epoch, UTC; ``api/migrations`` makes the tables."""

from typing import Final

from sqlalchemy import BigInteger, Column, MetaData, PrimaryKeyConstraint, String, Table, Text

metadata: Final = MetaData()

keys: Final = Table(
    "keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("previous_hash", String(200), nullable=True),
    Column("previous_until", BigInteger, nullable=True),
    Column("scopes", String(200), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("revoked", BigInteger, nullable=True),
)
"""Who may come in; ``previous_hash`` is that of the secret before the last rotation, good until ``previous_until``."""

scans: Final = Table(
    "scans",
    metadata,
    Column("id", String(32), nullable=False),
    Column("owner", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Column("spec", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", "owner"),
)
"""Saved scans, as JSON. Whoever saves one has a row of it: the scan is there for as long as anybody keeps it."""

layouts: Final = Table(
    "layouts",
    metadata,
    Column("owner", String(16), nullable=False),
    Column("name", String(100), nullable=False),
    Column("layout", Text, nullable=False),
    Column("updated", BigInteger, nullable=False),
    PrimaryKeyConstraint("owner", "name"),
)
"""How somebody has arranged their page: JSON that nobody but the page understands."""
