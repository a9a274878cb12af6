"""What other tables know of a ticker is written beside what its bars say, whatever its row in them is."""

from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.metrics import COLUMNS
from streams.market.halt_metrics import HALT_COLUMNS
from streams.market.join import join_halts, join_trades, join_widths
from streams.market.ticker_index import WIDTH, find_row, length_of
from streams.market.trade_metrics import TRADE_COLUMNS
from tests.unit.market.builders import DAY, MINUTE, uncompiled
from tests.unit.market.halt_builders import Halts, band
from tests.unit.market.trade_builders import TradeColumns, trade

NOON: Final = DAY.open + 150 * MINUTE
LONGEST: Final = "ABCDEFGHIJKL"
NAMES: Final = ("B", LONGEST, "A", "ABCDEFGHIJK", "NONE")
EDGES: Final = np.array(DAY[1:], np.int64)


def text(*names: str) -> npt.NDArray[np.uint8]:
    """Return tickers as the index keeps them."""
    return np.array([name.encode() for name in names], f"S{WIDTH}").view(np.uint8).reshape(len(names), WIDTH)


def table() -> npt.NDArray[np.float64]:
    """Return a line for each name, a price of 10 in it."""
    lines = np.full((len(NAMES), len(COLUMNS)), np.nan)
    lines[:, COLUMNS.index("price")] = 10.0
    return lines


def test_tickers_end_where_their_zeros_begin() -> None:
    """The longest has none."""
    assert [uncompiled(length_of)(text(*NAMES), line) for line in range(len(NAMES))] == [1, 12, 1, 11, 4]


def test_a_row_is_found_by_its_ticker() -> None:
    """Not by the beginning of one, nor where another has its place."""
    columns = TradeColumns(rows=64)
    names = [f"T{number}" for number in range(40)]
    columns.fold(*(trade(name, NOON) for name in names))
    partition = columns.partition

    def row(name: str) -> int:
        return int(uncompiled(find_row)(partition.tickers, partition.slots, text(name)[0], len(name)))

    assert [row(name) for name in names] == list(range(40))
    assert [row(name) for name in ("T", "T99", "U1", "T1X")] == [-1] * 4


def test_trades_come_beside_bars() -> None:
    """Each into the line of its ticker, and into its own columns; no trade, nothing written."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON, 11.0), trade(LONGEST, NOON, 12.0))
    lines = table()

    join_trades(columns.partition, text(*NAMES), DAY.start, NOON, np.full(8, 2.0), lines)

    prices = lines[:, COLUMNS.index("last_trade_price")].tolist()
    np.testing.assert_equal(prices, [np.nan, 12.0, 11.0, np.nan, np.nan])
    written = {name for name, value in zip(COLUMNS, lines[2], strict=True) if not np.isnan(value)}
    assert written - {"price"} <= set(TRADE_COLUMNS)


def test_halts_come_beside_bars() -> None:
    """With distances from the bars' own price."""
    columns = Halts()
    columns.fold(band("A", NOON, 9.0, 12.0))
    lines = table()

    join_halts(columns.partition, text(*NAMES), EDGES, NOON, lines)

    distances = lines[:, COLUMNS.index("limit_up_distance_pct")]
    np.testing.assert_allclose(distances, [np.nan, np.nan, 20.0, np.nan, np.nan])
    written = {name for name, value in zip(COLUMNS, lines[2], strict=True) if not np.isnan(value)}
    assert written - {"price"} <= set(HALT_COLUMNS)


def test_widths_of_price_bands() -> None:
    """In the regular session alone, for the tickers with a tier and a previous close."""
    lines = table()
    lines[:2, COLUMNS.index("limit_tier")] = 2.0
    lines[1:, COLUMNS.index("prev_close")] = 9.0
    width = COLUMNS.index("limit_width_pct")

    for time in (DAY.open - 1, DAY.close):
        for function in (join_widths, uncompiled(join_widths)):
            function(EDGES, time, lines)
            assert np.isnan(lines[:, width]).all()
    for function in (join_widths, uncompiled(join_widths)):
        lines[:, width] = np.nan
        function(EDGES, DAY.open, lines)
        np.testing.assert_allclose(lines[:, width], [np.nan, 10.0, np.nan, np.nan, np.nan])
