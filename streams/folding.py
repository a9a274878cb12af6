"""How the records of a topic are folded into columns: what ``PartitionState`` asks of each kind of table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from schemas.columnar import Messages
from streams.market.events import Events
from streams.market.known import Known, nothing_known
from streams.market.symbol_state import Rows

Columns = Any
"""The columns of a partition: a named tuple with at least ``rows``, ``tickers``, ``slots``, ``used``, ``dirty`` and
``progress``, as ``streams.market.fold.Partition`` has them."""
Older = Mapping[int, tuple[np.dtype[np.void], Callable[[Rows], Rows]]]
"""The dtype of each older version of a row, and how its rows become today's."""


class Decoded(NamedTuple):
    """A batch of records, in the log's order."""

    messages: Messages
    kinds: npt.NDArray[np.int64]
    """Place of the record's type among those that the topic carries, or that of no known record."""
    tables: Sequence[npt.NDArray[np.void]]
    """For each type of record its columns."""
    offsets: npt.NDArray[np.int64]
    outcomes: npt.NDArray[np.uint8]
    """To be filled in: what became of each record."""


class Extras(NamedTuple):
    """What goes into the changelog beside rows, before them."""

    keys: Sequence[bytes]
    values: Sequence[bytes]
    taken: object
    """What ``Folding.give_back`` needs."""


NO_EXTRAS = Extras((), (), None)


class Folding(Protocol):
    """One kind of table, for one partition."""

    version: int
    row: np.dtype[np.void]
    older: Older

    def new(self, source: int) -> Columns:
        """Return the columns of a partition that nothing was folded into."""

    def fold(self, columns: Columns, batch: Decoded) -> tuple[Columns, list[Events]]:
        """Fold a batch; return the columns, whose arrays may be new ones, and what happened."""

    def known(self, columns: Columns, day_start: int) -> tuple[Columns, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""

    def grow(self, columns: Columns) -> Columns:
        """Return the columns with room for twice the rows."""

    def without_recent(self, columns: Columns) -> Columns:
        """Return the columns without what is not in the changelog, as after a restart."""

    def take_extras(self, columns: Columns, rows: npt.NDArray[np.int64]) -> Extras:
        """Return what the changelog must hold of changed rows beside them, and mark it as held."""

    def give_back(self, columns: Columns, extras: Extras) -> None:
        """Take back that the changelog holds what ``take_extras`` returned."""

    def is_extra(self, key: bytes) -> bool:
        """Return whether a key of the changelog is not that of a row."""

    def put_extras(self, columns: Columns, keys: Sequence[bytes], values: Sequence[bytes]) -> Columns:
        """Put back what ``take_extras`` gave the changelog, in its order; return the columns."""


class WithoutExtras:
    """What a table answers whose rows are all that the changelog holds."""

    def take_extras(self, columns: Columns, rows: npt.NDArray[np.int64]) -> Extras:
        """Return nothing."""
        del columns, rows
        return NO_EXTRAS

    def give_back(self, columns: Columns, extras: Extras) -> None:
        """Do nothing."""

    def is_extra(self, key: bytes) -> bool:
        """Return that a key is that of a row."""
        del key
        return False

    def put_extras(self, columns: Columns, keys: Sequence[bytes], values: Sequence[bytes]) -> Columns:
        """Return the columns as they are."""
        del keys, values
        return columns


class OfRowsAlone(WithoutExtras):
    """What a table answers whose rows are all there is: nothing is known beforehand, nothing is beside them."""

    def known(self, columns: Columns, day_start: int) -> tuple[Columns, Known]:
        """Return the columns, and that nothing is known for the trading date that starts at a time (ms)."""
        return columns, nothing_known(len(columns.rows), day_start)

    def without_recent(self, columns: Columns) -> Columns:
        """Return the columns as they are."""
        return columns
