"""Which tickers of the day's bars nobody knew before it: each once a day, without decoding every bar."""

import datetime as dt
from typing import Any, Final, NamedTuple

from schemas.codec import Codec
from schemas.records import Aggregate, Clock, Reference, VolumeCurve
from streams.feed.reference_follow import NewTickers
from streams.market.session import TradingDay, trading_day_of

CODEC: Final = Codec()
MONDAY: Final = trading_day_of(dt.date(2025, 1, 6))
TUESDAY: Final = trading_day_of(dt.date(2025, 1, 7))


class Message(NamedTuple):
    """As much of a Kafka message as is looked at."""

    key: bytes | None
    value: bytes


def bar(ticker: str, day: TradingDay = MONDAY) -> Message:
    """Return a bar of the open."""
    prices: dict[str, Any] = dict.fromkeys(("open", "high", "low", "close", "volume"), 1.0)
    record = Aggregate(ticker=ticker, interval_ms=1000, start_time=day.open, received_time=day.open, **prices)
    return Message(ticker.encode(), CODEC.encode(record))


def new_tickers(*known: str) -> NewTickers:
    """Return what knows tickers of Monday."""
    found = NewTickers(CODEC)
    for ticker in known:
        found.know(Reference(ticker=ticker, trading_date="2025-01-06"))
    found.know(VolumeCurve(ticker="CURVE", trading_date="2025-01-06", sample_days=1, seconds=(), volumes=()))
    return found


def test_unknown_tickers_are_picked_once() -> None:
    """Clocks and known tickers are passed over; a curve alone is no reference; what is not decodable is no harm."""
    new = new_tickers("OLD")
    clock = Message(None, CODEC.encode(Clock(event_time=MONDAY.open, received_time=MONDAY.open)))

    assert new.pick([clock, bar("OLD"), bar("IPO"), bar("IPO"), bar("CURVE")]) == ["IPO", "CURVE"]
    assert new.pick([bar("IPO"), bar("OLD"), Message(b"BAD", b"nonsense"), clock]) == ["BAD"]
    assert new.day == MONDAY


def test_a_new_day_begins_anew() -> None:
    """What had a reference yesterday needs another one today; a late bar of yesterday's changes nothing."""
    new = new_tickers("OLD")
    new.pick([bar("IPO"), bar("OLD")])
    new.know(Reference(ticker="IPO", trading_date="2025-01-07"))

    assert new.pick([bar("IPO", TUESDAY), bar("OLD", TUESDAY)]) == ["OLD"]
    assert new.pick([bar("LATE", MONDAY)]) == ["LATE"]
    assert new.day == TUESDAY
