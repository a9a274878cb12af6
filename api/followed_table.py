"""PURE. What a client has of one feed: its rows, and what is new of it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from api.changes import Change, apply
from api.tables import Row


class Update(NamedTuple):
    """Something new: of a feed, or of the gateway."""

    kind: str
    """``snapshot``, ``change``, ``event``, ``gap``, ``heartbeat``, ``slow``, ``reconnect`` or ``error``."""
    feed: str | None
    message: Mapping[str, Any]
    """As it came; ``docs/api.md`` has the fields."""


class FollowedTable:
    """The rows of a feed, as of its last frame."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        """Take a snapshot."""
        self.epoch: str = message["epoch"]
        self.sequence: int = message["sequence"]
        self.columns: list[str] = message["columns"]
        self.rows: list[Row] = [tuple(row) for row in message["rows"]]

    def take(self, message: Mapping[str, Any]) -> bool:
        """Take in a change; return whether it is the next one."""
        if (message["epoch"], message["sequence"]) != (self.epoch, self.sequence + 1):
            return False
        moves = [(index, ticker) for index, ticker in message["moves"]]
        change = Change(message["upserts"], message["removals"], moves)
        self.rows = apply(self.rows, change, len(self.columns))
        self.sequence = message["sequence"]
        return True

    def frame(self) -> pl.DataFrame:
        """Return the rows as a data frame; undefined is null."""
        numbers: Sequence[tuple[str, Any]] = [(name, pl.Float64) for name in self.columns[1:]]
        return pl.DataFrame(self.rows, schema=[(self.columns[0], pl.String), *numbers], orient="row")
