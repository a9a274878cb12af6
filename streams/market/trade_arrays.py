"""What the fold of ``trades`` works on: the arrays of a partition, a batch of records, what the reference says."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from streams.market.events import EventLog
from streams.market.print_ring import Pool, Rings
from streams.market.ticker_index import Bytes, Integers
from streams.market.trade_buckets import Buckets
from streams.market.trade_state import TradeRows

Trade = np.record
"""One decoded record of ``trades`` (``schemas/avro/trade.avsc``)."""


class TradePartition(NamedTuple):
    """The arrays a partition of trades is made of; ``trade_fold.fold_trades`` changes them in place."""

    rows: TradeRows
    tickers: Bytes
    slots: Integers
    used: Integers
    """One element: the number of rows in use."""
    dirty: npt.NDArray[np.bool_]
    heads: npt.NDArray[np.void]
    buckets: Buckets
    rings: Rings
    pool: Pool
    log: EventLog
    clock: Integers
    """One element: the newest clock record, of those read again while records are read again."""
    unknown: Integers
    """Two elements: conditions met that are not in the table, and those met again as records were read again."""
    progress: npt.NDArray[np.void]


class TradeBatch(NamedTuple):
    """Decoded records, in the log's order."""

    buffer: Bytes
    kinds: Integers
    offsets: Integers
    trades: npt.NDArray[np.void]
    clocks: npt.NDArray[np.void]
    outcomes: npt.NDArray[np.uint8]


class TradeKnown(NamedTuple):
    """What the reference says for one trading date, by row of the partition."""

    day_start: int
    """04:00 of that date, ms since the epoch; 0 where it is of no date."""
    atr: npt.NDArray[np.float64]
    """Average true range in dollars; NaN where there is none. Rows beyond its end have none."""
