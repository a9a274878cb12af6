"""A line of metrics of trades."""

import math

import numpy as np
import pytest

from schemas.trade_metrics import TRADE_METRICS
from streams.market.trade_metrics import TRADE_COLUMNS, write_trade_metrics
from tests.unit.market.builders import DAY, MINUTE, SECOND, clock, uncompiled
from tests.unit.market.trade_builders import TradeColumns, trade

NOON = DAY.open + 150 * MINUTE


def test_columns_are_the_metrics() -> None:
    """The names and their order are those that are published."""
    assert tuple(metric.name for metric in TRADE_METRICS) == TRADE_COLUMNS


def test_every_metric() -> None:
    """Worked by hand."""
    columns = TradeColumns()
    columns.fold(
        trade("A", NOON - 100 * SECOND, 10.0, 1000.0),
        trade("A", NOON - 60 * SECOND, 11.0, 200.0),
        trade("A", NOON - 59_999, 12.0, 300.0),
        trade("A", NOON - 20 * SECOND, 11.5, 100.0),
        trade("A", NOON, 12.5, 50.0, 37),
        trade("A", NOON, 13.0, 60.0),
    )

    assert columns.metrics("A", NOON, 2 * math.sqrt(390)) == {
        "last_trade_price": 13.0,
        "last_trade_time": NOON,
        "trades": 6.0,
        "trade_volume": 1710.0,
        "trades_per_second": 4 / 60,
        "mean_trade_size": 510 / 4,
        "largest_trade_size": 300.0,
        "buy_pressure_pct": pytest.approx((360 - 100) / 460 * 100),
        "momentum_20s": 4.5,
        "momentum_60s": 2.0,
        "running_20s": pytest.approx(2.25),
        "running_60s": pytest.approx(1.0),
        "largest_print": 1000.0,
        "largest_print_value": 10_000.0,
        "largest_print_time": NOON - 100 * SECOND,
        "recent_trades": 6.0,
        "recent_trades_volume": 1710.0,
        "recent_trades_mean_size": 285.0,
        "recent_trades_largest_size": 1000.0,
        "recent_trades_seconds": 100.0,
    }


def test_a_trade_without_a_price() -> None:
    """Volume alone leaves price and momentum undefined; a price alone leaves everything else."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON, 10.0, 5.0, 37), trade("B", NOON, 10.0, 5.0, 38))
    volume, price = columns.metrics("A", NOON), columns.metrics("B", NOON)

    assert (volume["trades"], volume["mean_trade_size"]) == (1.0, 5.0)
    assert {name for name, value in volume.items() if math.isnan(value)} == {
        *("last_trade_price", "last_trade_time", "buy_pressure_pct"),
        *("momentum_20s", "momentum_60s", "running_20s", "running_60s"),
    }
    assert {name for name, value in price.items() if not math.isnan(value)} == {"last_trade_price", "last_trade_time"}


def test_a_minute_later() -> None:
    """Nothing traded: the rate is 0, the price has not moved, and the day's figures stand."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON, 10.0), trade("A", NOON, 11.0), clock(NOON + MINUTE))
    metrics = columns.metrics("A", NOON + MINUTE, 1.0)

    assert (metrics["trades_per_second"], metrics["momentum_60s"], metrics["running_60s"]) == (0.0, 0.0, 0.0)
    assert math.isnan(metrics["mean_trade_size"])
    assert metrics["recent_trades"] == 2.0


def test_another_day_and_missing_trades() -> None:
    """A row of another date has no metrics; without its last trades it has no statistics of them."""
    columns = TradeColumns()
    columns.fold(trade("A", NOON))
    line = np.zeros(len(TRADE_COLUMNS))
    uncompiled(write_trade_metrics)(columns.partition, 0, DAY.start + 1, NOON, 1.0, line)
    assert np.isnan(line).all()
    columns.partition.rings["counted"] = -1
    columns.partition.rings["room"] = 0
    assert math.isnan(columns.metrics("A", NOON)["recent_trades"])
    columns.partition.rings["day_start"] = 0
    assert math.isnan(columns.metrics("A", NOON)["recent_trades"])
    assert columns.metrics("A", NOON)["trades"] == 1.0
