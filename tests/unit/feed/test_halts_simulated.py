"""The invented market's pauses, by both of its feeds, are what the machine of halts makes of them."""

from datetime import date

import pytest

from schemas.records import Halt, LimitBand
from streams.feed.market_halts import UNITS, halt_records
from streams.feed.market_model import Market
from tests.unit.market.halt_builders import Halts


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a small market on a day with pauses."""
    found = Market(1, date(2025, 1, 6), 200)
    assert len(found.halts()) > 1
    return found


def bands(market: Market) -> list[LimitBand]:
    """Return the limit-up limit-down messages of the minutes in which a pause begins or ends."""
    minutes = sorted({int(halt[name]) // 60 for halt in market.halts() for name in ("start", "end")})
    return [
        LimitBand(
            ticker=market.symbols[ticker],
            event_time=time // 1_000_000,
            low_limit=low,
            high_limit=high,
            indicators=(indicator,),
            received_time=0,
        )
        for minute in minutes
        for ticker, time, low, high, indicator in zip(
            *(
                getattr(market.bands(minute), name).tolist()
                for name in ("ticker", "time_ns", "low", "high", "indicator")
            ),
            strict=True,
        )
    ]


@pytest.mark.parametrize("both", [False, True])
def test_messages_and_lists_tell_of_the_same_pauses(market: Market, both: bool) -> None:  # noqa: FBT001 - which feeds
    """Each pause begins and ends when the market says, and is told once."""
    listed = halt_records(market)
    records: list[LimitBand | Halt] = [*bands(market), *(listed if both else [])]
    halts = Halts()
    halts.fold(*sorted(records, key=lambda record: record.event_time))

    assert sorted(halts.events) == sorted(
        (kind, market.symbols[halt["ticker"]], market.day.start + int(halt[name]) * 1000)
        for halt in market.halts()
        for kind, name in (("halted", "start"), ("resumed", "end"))
    )


def test_each_pause_is_listed_twice(market: Market) -> None:
    """When it begins, and with its end when that has come; by event time, with the limit that stopped it."""
    listed = halt_records(market)

    assert [record.event_time for record in listed] == sorted(record.event_time for record in listed)
    assert len(listed) == 2 * len(market.halts())
    first = min(market.halts(), key=lambda halt: int(halt["start"]))
    begun, ended = (record for record in listed if record.halt_time == listed[0].halt_time)
    assert (begun.trade_time, ended.trade_time) == (None, ended.event_time)
    assert begun.pause_price == first["high" if first["up"] else "low"] / UNITS
