"""Real trades: every metric, again and again over the day, the events, and the last trades, as the oracle has them."""

import math
from collections.abc import Iterable
from itertools import groupby

import pytest

from schemas.records import Clock, Trade
from streams.market.events import RUNNING_UP
from streams.market.session import TradingDay, trading_day_at
from tests.support import trade_files
from tests.support.shared_data import shared_data
from tests.support.trade_oracle import Event, Print, TradeOracle
from tests.unit.market.builders import MINUTE, SECOND, clock
from tests.unit.market.trade_builders import TradeColumns, trade

TAQ = "trades/taq_masked_XXX_2018-01-02_03_trades.csv.gz"
PLAIN = "trades/smallcap_single_prints_BCRX_VXRT_2020.csv.gz"
MASKED = "trades/lean_algoseek_2013-10/{}_20131008_trade.zip"
ATR = {"XXX": 2.5, "BCRX": 0.2, "VXRT": 0.3, "IBM": 2.5, "AIG": 0.8}
LOOK_EVERY = 7 * MINUTE + 13 * SECOND


def differences(actual: dict[str, float], expected: dict[str, float | None]) -> list[str]:
    """Return the names of metrics that are not the oracle's, to 1e-9."""
    return [
        name
        for name, value in expected.items()
        if not (math.isnan(actual[name]) if value is None else math.isclose(actual[name], value, rel_tol=1e-9))
    ]


def seconds(prints: Iterable[Print]) -> list[Trade | Clock]:
    """Return trades as records, the feed's clock before each new second."""
    log: list[Trade | Clock] = []
    for second, group in groupby(prints, lambda item: item.time // SECOND):
        log.append(clock(second * SECOND))
        log += [trade("A", item.time, item.price, item.size, *item.conditions) for item in group]
    return log


def follow(prints: list[Print], day: TradingDay, atr: float) -> int:
    """Compare a day's fold with the oracle at many instants; return how many events there were."""
    columns, oracle = TradeColumns(atr={"A": atr}), TradeOracle(day.open, day.close, atr)
    parts = [list(group) for _, group in groupby(prints, lambda item: (item.time - 1) // LOOK_EVERY)]
    for part in parts:
        columns.fold(*seconds(part))
        for item in part:
            oracle.add(item, item.time // SECOND * SECOND)
        time = -(-part[-1].time // LOOK_EVERY) * LOOK_EVERY
        if time < day.end:
            assert differences(columns.metrics("A", time, atr), oracle.metrics(time)) == []
        assert columns.last("A")[["price", "shares"]].tolist() == [item[1:3] for item in oracle.last_trades()]
    events = [
        Event(item["kind"] == RUNNING_UP, item["first_level"], item["time"], item["price"], item["level"], 0.0, count)
        for batch in columns.events
        for item, count in zip(batch, batch["count"].tolist(), strict=True)
    ]
    assert events == [event._replace(value=0.0) for event in oracle.events]
    return len(events)


def days(prints: Iterable[tuple[str, Print]]) -> dict[tuple[str, TradingDay], list[Print]]:
    """Return prints by ticker and trading date."""
    found: dict[tuple[str, TradingDay], list[Print]] = {}
    for ticker, item in prints:
        found.setdefault((ticker, trading_day_at(item.time)), []).append(item)
    return found


@pytest.mark.parametrize(
    ("read", "name", "count"),
    [
        (trade_files.taq, TAQ, 2),
        (trade_files.plain, PLAIN, 3),
        (trade_files.masked, MASKED.format("ibm"), 1),
        (trade_files.masked, MASKED.format("aig"), 1),
    ],
    ids=["taq", "smallcap", "ibm", "aig"],
)
def test_real_days(read, name: str, count: int) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - a reader
    """Ticks with conditions, odd lots, Form T, blocks, official prices: each number is the oracle's."""
    found = days(read(shared_data(name)))
    events = [follow(prints, day, ATR[ticker]) for (ticker, day), prints in found.items()]

    assert len(found) == count
    assert sum(events) > 0
