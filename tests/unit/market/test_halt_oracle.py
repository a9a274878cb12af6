"""Real pauses and a real feed of halts: the fold says what the independent oracle says, at every edge."""

from collections import Counter
from collections.abc import Callable

import pytest

from schemas.records import Halt, LimitBand
from streams.feed.halts_rss import read_halts
from streams.market.session import trading_day_at
from tests.support.halt_oracle import Pause, date_of, expected, read_listed, read_pauses, read_rows
from tests.support.shared_data import shared_data
from tests.unit.market.halt_builders import Halts, halt, paused, resumed

FOLDER = "reference/luld_halts_2025-03"
FEED = "reference/nasdaq_tradehalts_rss_2023-06-19.xml"
Log = list[LimitBand | Halt]


def by_bands(pauses: list[Pause]) -> Log:
    """Return the messages of the limit-up limit-down feed."""
    return [
        message
        for pause in pauses
        for message in (paused(pause.ticker, pause.begins), resumed(pause.ticker, pause.ends))
    ]


def by_exchange(pauses: list[Pause]) -> Log:
    """Return what the exchange lists: each pause when it begins, and again when it has ended."""
    return [
        halt(pause.ticker, pause.begins, "LUDP", said=said, trade=trade, price=pause.price)
        for pause in pauses
        for said, trade in ((pause.begins, None), (pause.ends, pause.ends))
    ]


def by_both(pauses: list[Pause]) -> Log:
    """Return both, the exchange's a moment behind."""
    late = [pause._replace(begins=pause.begins + 700, ends=pause.ends + 900) for pause in pauses]
    return by_bands(pauses) + by_exchange(late)


@pytest.mark.parametrize("feed", [by_bands, by_exchange, by_both])
def test_pauses(feed: Callable[[list[Pause]], Log]) -> None:
    """State, count, beginning and next possible end of every ticker around every edge, 10 and 13 minutes included."""
    pauses = read_pauses(shared_data(FOLDER))
    assert Counter(row["Halt Duration"] for row in read_rows(shared_data(FOLDER))) == {"5": 53, "10": 13, "13": 1}
    assert len(pauses) == 53
    waiting = sorted(feed(pauses), key=lambda record: record.event_time)[::-1]
    edges = {edge + step * 300_000 for pause in pauses for edge in pause[1:3] for step in (0, 1, 2)}
    halts = Halts(rows=2)
    for time in sorted(edge + ms for edge in edges for ms in (-1, 0, 1000)):
        while waiting and waiting[-1].event_time <= time:
            halts.fold(waiting.pop())
        for ticker in halts.tickers():
            wanted = expected(pauses, ticker, time)
            if wanted is None:
                continue
            told = halts.told(time, ticker=ticker)
            assert told["halted"] == wanted.halted, (ticker, time)
            assert told["halt_time"] == wanted.halt_time
            assert told["resume_time"] == wanted.resume_time
            assert told["halts_today"] == wanted.halts_today

    assert sorted(halts.events) == sorted(
        event
        for pause in pauses
        for event in (("halted", pause.ticker, pause.begins), ("resumed", pause.ticker, pause.ends))
    )


def test_a_feed_of_halts_without_end() -> None:
    """Fourteen T12 halts of four years, all still halted when the feed was served, none of them begun that day."""
    path = shared_data(FEED)
    listed = read_listed(path)
    feed = read_halts(path.read_bytes(), path.name, 0)
    assert feed.published is not None
    assert [(each.ticker, each.halt_time, each.reason, each.trade_time or each.quote_time) for each in feed.halts] == [
        (each.ticker, each.begins, each.reason, None) for each in listed
    ]

    halts = Halts()
    halts.fold(*feed.halts)
    assert len(listed) == len(halts.tickers()) == len(halts.events) == 14
    for each in listed:
        told = halts.told(feed.published, ticker=each.ticker)
        today = date_of(each.begins) == trading_day_at(feed.published).date
        assert (told["halted"], told["halt_time"], told["resume_time"]) == (1.0, each.begins, None)
        assert told["halts_today"] == (1.0 if today else None)
        assert each.reason == "T12"
        assert not each.resumes
