"""Other tables' metrics, written beside those made of bars, for the same tickers."""

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from schemas.metrics import COLUMNS
from streams.market.halt_metrics import HALT_COLUMNS, write_halt_metrics
from streams.market.limit_bands import width_pct
from streams.market.quote_metrics import QUOTE_COLUMNS, write_quote_metrics
from streams.market.ticker_index import Bytes, Integers, find_row, length_of
from streams.market.trade_metrics import TRADE_COLUMNS, write_trade_metrics

if TYPE_CHECKING:
    from streams.market.halt_fold import HaltPartition
    from streams.market.quote_fold import QuotePartition
    from streams.market.trade_arrays import TradePartition

PRICE: Final = COLUMNS.index("price")
PREVIOUS_CLOSE: Final = COLUMNS.index("prev_close")
TIER: Final = COLUMNS.index("limit_tier")
WIDTH_PCT: Final = COLUMNS.index("limit_width_pct")
FIRST_TRADE: Final = COLUMNS.index(TRADE_COLUMNS[0])
BEHIND_TRADES: Final = FIRST_TRADE + len(TRADE_COLUMNS)
FIRST_HALT: Final = COLUMNS.index(HALT_COLUMNS[0])
BEHIND_HALTS: Final = FIRST_HALT + len(HALT_COLUMNS)
FIRST_QUOTE: Final = COLUMNS.index(QUOTE_COLUMNS[0])
BEHIND_QUOTES: Final = FIRST_QUOTE + len(QUOTE_COLUMNS)

Matrix = npt.NDArray[np.float64]
"""Shape tickers x ``COLUMNS``."""


@compiled_in_place
def join_trades(
    partition: "TradePartition", tickers: Bytes, day_start: int, time: int, atr: npt.NDArray[np.float64], table: Matrix
) -> None:
    """Write the metrics made of trades at ``time`` (ms) into the lines of their tickers (lines x ``WIDTH`` bytes).

    ``atr`` is by row of the partition.
    """
    for line in range(len(tickers)):
        row = find_row(partition.tickers, partition.slots, tickers[line], length_of(tickers, line))
        if row >= 0:
            cells = table[line, FIRST_TRADE:BEHIND_TRADES]
            write_trade_metrics(partition, row, day_start, time, atr[row], cells)


@compiled_in_place
def join_widths(edges: Integers, time: int, table: Matrix) -> None:
    """Write how far price bands may be at ``time`` (ms) into all lines; ``edges`` are those of the trading date."""
    if not edges[1] <= time < edges[2]:
        return
    for line in range(len(table)):
        tier, previous_close = table[line, TIER], table[line, PREVIOUS_CLOSE]
        table[line, WIDTH_PCT] = width_pct(table[line, PRICE], previous_close, tier, time, edges[2])


@compiled_in_place
def join_halts(partition: "HaltPartition", tickers: Bytes, edges: Integers, time: int, table: Matrix) -> None:
    """Write the metrics made of halts at ``time`` (ms) into the lines of their tickers.

    ``edges`` are those of the trading date: start, open, close and end.
    """
    for line in range(len(tickers)):
        row = find_row(partition.tickers, partition.slots, tickers[line], length_of(tickers, line))
        if row >= 0:
            cells = table[line, FIRST_HALT:BEHIND_HALTS]
            state = partition.rows[row]
            write_halt_metrics(state, time, edges[0], edges[1], edges[2], table[line, PRICE], cells)


@compiled_in_place
def join_quotes(partition: "QuotePartition", tickers: Bytes, day_start: int, table: Matrix) -> None:
    """Write the metrics made of the quotes of the trading date that starts at a time (ms) into their tickers' lines."""
    for line in range(len(tickers)):
        row = find_row(partition.tickers, partition.slots, tickers[line], length_of(tickers, line))
        if row >= 0:
            write_quote_metrics(partition.rows[row], day_start, table[line, FIRST_QUOTE:BEHIND_QUOTES])
