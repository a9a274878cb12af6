"""Rows of trades to metrics: one line of ``TRADE_COLUMNS`` for a ticker with a trade on the trading date."""

from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.momentum import momentum, running
from streams.market.print_ring import count_kept
from streams.market.trade_arrays import TradePartition
from streams.market.trade_buckets import price_at, second_of
from streams.market.trade_windows import buy_pressure, largest_size, mean_size, trades_per_second, window_at

TRADE_COLUMNS: Final = (
    "last_trade_price",
    "last_trade_time",
    "trades",
    "trade_volume",
    "trades_per_second",
    "mean_trade_size",
    "largest_trade_size",
    "buy_pressure_pct",
    "momentum_20s",
    "momentum_60s",
    "running_20s",
    "running_60s",
    "largest_print",
    "largest_print_value",
    "largest_print_time",
    "recent_trades",
    "recent_trades_volume",
    "recent_trades_mean_size",
    "recent_trades_largest_size",
    "recent_trades_seconds",
)
"""Names of the metrics, in the order of a line; ``schemas.trade_metrics`` says what they are."""
WIDTH: Final = len(TRADE_COLUMNS)

Line = npt.NDArray[np.float64]


@compiled_in_place
def write_day(partition: TradePartition, row: int, line: Line) -> None:
    """Write the metrics of the day so far."""
    state = partition.rows[row]
    if state.price_time > 0:
        line[0] = state.price
        line[1] = state.price_time
    if state.trades > 0:
        line[2] = state.trades
        line[3] = state.volume
        line[12] = state.largest_size
        line[13] = state.largest_size * state.largest_price
        line[14] = state.largest_time


@compiled_in_place
def write_minute(partition: TradePartition, row: int, second: int, line: Line) -> None:
    """Write the metrics of the minute that ends with a second."""
    if partition.rows[row].trades == 0:
        return
    window = window_at(partition.heads[row], partition.buckets, row, second)
    line[4] = trades_per_second(window)
    line[5] = mean_size(window)
    line[6] = largest_size(window)
    line[7] = buy_pressure(window)


@compiled_in_place
def write_momentum(partition: TradePartition, row: int, second: int, atr: float, line: Line) -> None:
    """Write how fast the price moves."""
    state, head = partition.rows[row], partition.heads[row]
    line[8] = momentum(state.price, price_at(state, head, partition.buckets, row, second - 20), 20)
    line[9] = momentum(state.price, price_at(state, head, partition.buckets, row, second - 60), 60)
    line[10] = running(line[8], atr)
    line[11] = running(line[9], atr)


@compiled_in_place
def write_recent(partition: TradePartition, row: int, line: Line) -> None:
    """Write the statistics of the last 1,000 trades."""
    ring = partition.rings[row]
    if ring.day_start != partition.rows[row].day_start:
        return
    count_kept(partition.pool, ring, partition.rows[row].trades)
    if ring.room > 0 and ring.count > 0:
        line[15] = ring.count
        line[16] = ring.volume
        line[17] = ring.volume / ring.count
        line[18] = ring.largest
        line[19] = ring.span_ms / 1000.0


@compiled_in_place
def write_trade_metrics(partition: TradePartition, row: int, day_start: int, time: int, atr: float, line: Line) -> None:
    """Write a row's metrics at an instant of the trading date that starts at ``day_start``; NaN where undefined.

    ``line`` is of ``TRADE_COLUMNS``; the instant, ms since the epoch, is not before the newest trade that counts.
    """
    line[:] = np.nan
    if partition.rows[row].day_start != day_start:
        return
    second = second_of(time)
    write_day(partition, row, line)
    write_minute(partition, row, second, line)
    write_momentum(partition, row, second, atr, line)
    write_recent(partition, row, line)
