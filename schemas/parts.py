"""What a worker writes to Redis for each of its partitions: columns, packed as MessagePack."""

from typing import Self

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.boards import Entry

TICKER_DTYPE = np.dtype("S12")
"""Tickers are 1-12 printable characters, padded with zeros."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partition is, and under which keys its newest parts are."""

    partition: int
    partitions: int
    version: int
    trading_date: str
    session: str
    event_time: int
    """Newest event time folded, ms since the epoch."""
    complete_through: int
    """The partition's clock: all records up to this event time are folded; ms since the epoch."""
    position: int
    """Next offset of ``aggregates`` to fold."""
    published_time: int
    """Wall clock, ms since the epoch."""
    universe_version: int
    """``version`` of the newest universe part written."""
    trades_through: int = 0
    """The clock of the partition's trades, ms since the epoch; 0 before the first."""
    halts_through: int = 0
    """The clock of the partition's halts."""
    unshown: int = 0
    """Batches folded since the newest universe part was made."""
    unalerted: int = 0
    """Batches folded whose alerts have not been shown yet."""


class BoardPart(msgspec.Struct, frozen=True, kw_only=True):
    """A partition's rows of one board, ranked."""

    version: int
    event_time: int
    tickers: bytes
    values: bytes

    @classmethod
    def of(
        cls, version: int, event_time: int, tickers: npt.NDArray[np.bytes_], values: npt.NDArray[np.float64]
    ) -> Self:
        """Build a part from ranked columns of equal length; ``tickers`` is ``S12``, ``values`` float64."""
        return cls(version=version, event_time=event_time, tickers=tickers.tobytes(), values=values.tobytes())

    def entries(self) -> list[Entry]:
        """Return the ranked rows."""
        tickers = np.frombuffer(self.tickers, TICKER_DTYPE).astype(str).tolist()
        values = np.frombuffer(self.values, np.float64).tolist()
        return [Entry(ticker, value) for ticker, value in zip(tickers, values, strict=True)]


class UniversePart(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of every ticker of a partition that has a bar today: one row each, NaN where undefined."""

    version: int
    event_time: int
    columns: tuple[str, ...]
    tickers: bytes
    values: bytes

    @classmethod
    def of(
        cls,
        version: int,
        event_time: int,
        columns: tuple[str, ...],
        tickers: npt.NDArray[np.bytes_],
        values: npt.NDArray[np.float64],
    ) -> Self:
        """Build a part from ``tickers`` (``S12``) and ``values`` (float64, shape tickers x columns)."""
        return cls(
            version=version,
            event_time=event_time,
            columns=columns,
            tickers=tickers.tobytes(),
            values=np.ascontiguousarray(values).tobytes(),
        )

    def ticker_list(self) -> list[str]:
        """Return the tickers, in row order."""
        tickers: list[str] = np.frombuffer(self.tickers, TICKER_DTYPE).astype(str).tolist()
        return tickers

    def matrix(self) -> npt.NDArray[np.float64]:
        """Return the values, shape tickers x columns; NaN is undefined and must not leave the process."""
        return np.frombuffer(self.values, np.float64).reshape(-1, len(self.columns))


encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(Head).decode
decode_board_part = msgspec.msgpack.Decoder(BoardPart).decode
decode_universe_part = msgspec.msgpack.Decoder(UniversePart).decode
