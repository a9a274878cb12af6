"""Rows to metrics: one line of ``schemas.metrics.COLUMNS`` for each ticker with a bar on the trading date."""

from typing import Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from schemas.metrics import COLUMNS
from streams.market.corrections import Chains, Nodes
from streams.market.daily_range import (
    day_high,
    day_high_time,
    day_low,
    day_low_time,
    session_high,
    session_low,
    time_of,
)
from streams.market.gap import change, gap_price, percent_change, volume_weighted_price
from streams.market.known import Fact, Known
from streams.market.recent import change_since, volume_since
from streams.market.relative_volume import baseline_at, baseline_between, ratio
from streams.market.symbol_state import Row, Rows
from streams.market.totals import POST_MARKET, PRE_MARKET, REGULAR
from streams.market.windows import Windows

LINE: Final = np.dtype((np.record, [(name, "f8") for name in COLUMNS]))
"""One line: a float for each column, NaN where undefined. A table of lines is a matrix of the same bytes."""
FIVE_MINUTES: Final = 300

Line: TypeAlias = np.record
Lines: TypeAlias = npt.NDArray[np.void]


class Bars(NamedTuple):
    """What the rows of a partition of bars are evaluated from."""

    rows: Rows
    nodes: Nodes
    chains: Chains
    windows: Windows


def empty_lines(count: int) -> Lines:
    """Return lines in which everything is undefined."""
    return np.full(count * len(COLUMNS), np.nan).view(LINE)


def unwritten_lines(count: int) -> Lines:
    """Return lines to be written whose other columns nobody reads."""
    return np.empty(count * len(COLUMNS)).view(LINE)


def matrix_of(lines: Lines) -> npt.NDArray[np.float64]:
    """Return lines as a matrix of shape lines x ``COLUMNS``, without copying."""
    return lines.view(np.float64).reshape(len(lines), len(COLUMNS))


@compiled_in_place
def write_prices(row: Row, fact: Fact, line: Line) -> None:
    """Write price, opens, changes and gaps."""
    previous_close = fact.prev_close
    line.price = row.price
    line.prev_close = previous_close
    line.change = change(row.price, previous_close)
    line.change_pct = percent_change(row.price, previous_close)
    line.open = row.open
    line.change_from_open_pct = percent_change(row.price, row.open)
    line.gap_pct = percent_change(gap_price(row), previous_close)
    line.premarket_gap_pct = percent_change(row.premarket_open, previous_close)
    line.premarket_change_pct = percent_change(row.premarket_close, previous_close)
    has_post_market = row.high[POST_MARKET] > -np.inf
    line.post_market_change_pct = percent_change(row.price, row.regular_close) if has_post_market else np.nan
    line.vwap = volume_weighted_price(row)
    line.vwap_distance_pct = percent_change(row.price, volume_weighted_price(row))
    line.vendor_day_volume = row.vendor_day_volume
    line.vendor_open = row.vendor_open
    line.vendor_vwap = row.vendor_vwap


@compiled_in_place
def write_ranges(row: Row, fact: Fact, line: Line) -> None:
    """Write highs and lows with their times, and where the price is between them."""
    line.pre_market_high = session_high(row, PRE_MARKET)
    line.pre_market_low = session_low(row, PRE_MARKET)
    line.pre_market_high_time = time_of(row.high_time[PRE_MARKET])
    line.pre_market_low_time = time_of(row.low_time[PRE_MARKET])
    line.regular_high = session_high(row, REGULAR)
    line.regular_low = session_low(row, REGULAR)
    line.regular_high_time = time_of(row.high_time[REGULAR])
    line.regular_low_time = time_of(row.low_time[REGULAR])
    line.post_market_high = session_high(row, POST_MARKET)
    line.post_market_low = session_low(row, POST_MARKET)
    line.post_market_high_time = time_of(row.high_time[POST_MARKET])
    line.post_market_low_time = time_of(row.low_time[POST_MARKET])
    high, low = day_high(row), day_low(row)
    line.day_high = high
    line.day_low = low
    line.day_high_time = day_high_time(row)
    line.day_low_time = day_low_time(row)
    line.day_high_distance_pct = percent_change(row.price, high)
    line.range_position_pct = ratio(row.price - low, high - low) * 100.0
    line.range_in_atr = ratio(high - low, fact.atr)
    line.change_in_atr = ratio(line.change, fact.atr)


@compiled_in_place
def write_volumes(row: Row, number: int, second: int, known: Known, line: Line) -> None:
    """Write the day's volumes and what they are measured by, at a second after 04:00."""
    fact = known.facts[number]
    line.accumulated_volume = row.volume
    line.dollar_volume = row.value
    line.relative_volume = ratio(row.volume, fact.avg_volume)
    line.float_rotation = ratio(row.volume, fact.float_shares)
    baseline = baseline_at(known.curves, number, second)
    line.volume_baseline_at_time = baseline
    line.relative_volume_at_time = ratio(row.volume, baseline)
    days = known.curves.sample_days[number]
    line.volume_sample_days = days if days > 0 else np.nan


@compiled_in_place
def write_facts(fact: Fact, line: Line) -> None:
    """Write what was known before the day."""
    line.avg_volume = fact.avg_volume
    line.average_days = fact.average_days
    line.median_volume = fact.median_volume
    line.avg_volume_30d = fact.avg_volume_30d
    line.median_volume_30d = fact.median_volume_30d
    line.prev_open = fact.prev_open
    line.prev_high = fact.prev_high
    line.prev_low = fact.prev_low
    line.prev_volume = fact.prev_volume
    line.prev_vwap = fact.prev_vwap
    line.atr = fact.atr
    line.float = fact.float_shares
    line.market_cap = fact.market_cap
    line.short_interest = fact.short_interest
    line.limit_tier = fact.limit_tier


@compiled_in_place
def write_recent(bars: Bars, number: int, time: int, interval: int, known: Known, line: Line) -> None:
    """Write volume and change in the last 1, 5 and 15 minutes before ``time`` (ms)."""
    line.volume_1m = volume_since(bars.windows, bars.nodes, number, 0, time, interval)
    line.volume_5m = volume_since(bars.windows, bars.nodes, number, 1, time, interval)
    line.volume_15m = volume_since(bars.windows, bars.nodes, number, 2, time, interval)
    line.change_1m_pct = change_since(bars.windows, bars.nodes, bars.chains, bars.rows, number, 0)
    line.change_5m_pct = change_since(bars.windows, bars.nodes, bars.chains, bars.rows, number, 1)
    line.change_15m_pct = change_since(bars.windows, bars.nodes, bars.chains, bars.rows, number, 2)
    second = (time - known.day_start) // 1000
    usual = baseline_between(known.curves, number, second - FIVE_MINUTES, second)
    line.volume_baseline_5m = usual
    line.relative_volume_5m = ratio(line.volume_5m, usual)


@compiled_in_place
def write_day(bars: Bars, number: int, time: int, known: Known, line: Line) -> None:
    """Write the metrics of a row of the day at ``time`` (ms), but for those of the last minutes."""
    row, fact = bars.rows[number], known.facts[number]
    write_prices(row, fact, line)
    write_ranges(row, fact, line)
    write_volumes(row, number, (time - known.day_start) // 1000, known, line)
    write_facts(fact, line)


@compiled_in_place
def evaluate(  # noqa: PLR0913, PLR0917 - compiled code passes arrays, not objects
    bars: Bars, count: int, time: int, interval: int, known: Known, numbers: npt.NDArray[np.int64], lines: Lines
) -> int:
    """Write the metrics of every row of the day at ``time`` (ms) into ``lines``, its number into ``numbers``.

    Return how many there are. The day is the one that ``known`` is of.
    """
    written = 0
    for number in range(count):
        if bars.rows[number].day_start == known.day_start and bars.rows[number].bars > 0:
            write_day(bars, number, time, known, lines[written])
            write_recent(bars, number, time, interval, known, lines[written])
            numbers[written] = number
            written += 1
    return written


@compiled_in_place
def evaluate_rows(bars: Bars, numbers: npt.NDArray[np.int64], known: Known, lines: Lines) -> None:
    """Write the metrics of some rows of the day, each at the end of its newest bar, into ``lines``.

    Those of the last minutes stay unwritten: they follow whoever looks at them.
    """
    for line in range(len(numbers)):
        write_day(bars, numbers[line], bars.rows[numbers[line]].price_time, known, lines[line])
