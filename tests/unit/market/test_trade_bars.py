"""Bars made of trades."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from streams.market.session import edges
from streams.market.trade_bars import BAR, TradeBars, bars_of_trades, write_effects
from streams.market.trade_conditions import default_rules
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, uncompiled

NOON = DAY.open + 150 * MINUTE
Row = tuple[str, int, float, float, Sequence[int] | None]


def bars(*rows: Row, interval_ms: int = SECOND) -> TradeBars:
    """Return the bars of trades: ticker, time, price, size, conditions."""
    schema = {"ticker": pl.String, "trade_time": pl.Int64, "price": pl.Float64, "size": pl.Float64}
    frame = pl.DataFrame(rows, {**schema, "conditions": pl.List(pl.Int64)}, orient="row")
    return bars_of_trades(frame, interval_ms, default_rules(), edges())


def only(made: TradeBars) -> dict[str, Any]:
    """Return the one bar there is."""
    (bar,) = made.frame.to_dicts()
    return bar


def test_a_bar() -> None:
    """Open and close by time, high and low, volume, its mean price, and the number of trades."""
    made = bars(
        ("A", NOON + 999, 11.0, 100.0, None),
        ("A", NOON, 10.0, 200.0, []),
        ("A", NOON + 10, 12.0, 100.0, [14, 41]),
        ("A", NOON + 20, 9.0, 100.0, None),
    )

    assert tuple(made.frame.columns) == BAR
    assert made.frame.rows() == [("A", NOON, 10.0, 12.0, 9.0, 11.0, 500.0, 10.4, 4)]
    assert made[1:] == (0, 0, 0.0)


def test_a_bar_ends_before_its_end() -> None:
    """A trade at the start of a second belongs to it; bars stand by start and ticker."""
    made = bars(("B", NOON + SECOND, 1.0, 1.0, None), ("B", NOON, 2.0, 1.0, None), ("A", NOON + SECOND, 3.0, 1.0, None))

    assert made.frame.select("start", "ticker", "close").rows() == [
        (NOON, "B", 2.0),
        (NOON + SECOND, "A", 3.0),
        (NOON + SECOND, "B", 1.0),
    ]
    assert len(bars(("B", NOON, 1.0, 1.0, None), ("B", NOON + 59_999, 1.0, 1.0, None), interval_ms=MINUTE).frame) == 1


@pytest.mark.parametrize(
    ("conditions", "prices", "volume"),
    [
        ((37,), (10.0, 10.0, 10.0, 10.0), 101.0),
        ((10,), (10.0, 50.0, 10.0, 10.0), 101.0),
        ((14,), (10.0, 50.0, 10.0, 50.0), 101.0),
        ((15,), (10.0, 10.0, 10.0, 10.0), 100.0),
        ((12,), (10.0, 10.0, 10.0, 10.0), 101.0),
        ((700,), (10.0, 10.0, 10.0, 10.0), 101.0),
    ],
)
def test_conditions(conditions: Sequence[int], prices: tuple[float, ...], volume: float) -> None:
    """A trade changes what its conditions allow."""
    bar = only(bars(("A", NOON, 10.0, 100.0, None), ("A", NOON + 1, 50.0, 1.0, conditions)))

    assert (bar["open"], bar["high"], bar["low"], bar["close"], bar["volume"]) == (*prices, volume)


@pytest.mark.parametrize(
    ("time", "conditions", "close"),
    [
        (DAY.open - 1, (12,), 11.0),
        (DAY.open - 1, (12, 37), 10.0),
        (DAY.open, (12,), 10.0),
        (DAY.close - 1, (12,), 10.0),
        (DAY.close, (12,), 11.0),
    ],
)
def test_form_t_by_session(time: int, conditions: Sequence[int], close: float) -> None:
    """Before and after the regular session Form T gives prices unless odd lot, within it only volume."""
    made = bars(("A", DAY.start, 10.0, 1.0, None), ("A", time, 11.0, 1.0, conditions), interval_ms=MINUTE)

    assert made.frame["close"].to_list()[-1] == close
    assert made.frame["volume"].sum() == 2.0


def test_volume_without_a_price_makes_a_flat_bar() -> None:
    """At the price before it; before the ticker's first price of the date there is none, and the volume is told."""
    made = bars(
        ("A", NOON, 9.0, 3.0, [37]),
        ("B", NOON, 99.0, 1.0, None),
        ("A", NOON + SECOND, 10.0, 1.0, None),
        ("A", NOON + 2 * SECOND, 50.0, 2.0, [37]),
        ("A", NEXT_DAY.start, 50.0, 4.0, [37]),
    )

    assert made.frame.filter(ticker="A").rows() == [
        ("A", NOON + SECOND, 10.0, 10.0, 10.0, 10.0, 1.0, 10.0, 1),
        ("A", NOON + 2 * SECOND, 10.0, 10.0, 10.0, 10.0, 2.0, 50.0, 1),
    ]
    assert made.volume_without_bar == 7.0


def test_extremes_without_a_close() -> None:
    """A trade that may make a high but not the close is enclosed with the price before it."""
    made = bars(("A", NOON, 10.0, 1.0, None), ("A", NOON + SECOND, 12.0, 1.0, [10]))

    assert made.frame.rows()[1][2:6] == (10.0, 12.0, 10.0, 10.0)


def test_a_price_without_volume() -> None:
    """A corrected close makes a bar whose mean price is undefined."""
    bar = only(bars(("A", NOON, 10.0, 5.0, [38])))

    assert (bar["close"], bar["volume"], bar["vwap"], bar["transactions"]) == (10.0, 0.0, None, 0)


def test_what_is_in_no_bar() -> None:
    """Trades outside the sessions are told, conditions in no table counted, and official prices are no trades."""
    made = bars(
        ("A", DAY.start - 1, 1.0, 1.0, [700]),
        ("A", DAY.end, 1.0, 1.0, None),
        ("A", 0, 1.0, 1.0, None),
        ("A", NOON, 1.0, 1.0, [15]),
        ("A", NOON, 1.0, 1.0, [700, 701]),
    )

    assert (len(made.frame), made.outside_session, made.unknown_condition, made.volume_without_bar) == (0, 3, 2, 1.0)
    assert len(bars().frame) == 0


def test_uncompiled() -> None:
    """The compiled part says the day and what may change, trade by trade."""
    days, flags = np.zeros(3, np.int64), np.zeros(3, np.uint8)
    times = np.array([NOON, DAY.start - 1, 0])
    arguments = (times, np.array([2, 1, 0]), np.array([12, 37, 700]), default_rules(), edges(), days, flags)

    assert uncompiled(write_effects)(*arguments) == 0
    assert edges()[days[0], 0] == DAY.start
    assert (days[1:].tolist(), flags.tolist()) == ([-1, -1], [4, 4, 7])
