"""Whatever quotes come, in whatever batches, and wherever a worker stops: a row holds the ticker's newest quote."""

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Quote
from streams.market.partition import put_all_rows
from streams.market.quote_partition import with_more_quote_rows
from tests.unit.market.builders import DAY, NEXT_DAY, SECOND, clock
from tests.unit.market.quote_builders import QuoteRecord, Quotes, quote

TICKERS = ("A", "AA", "B")
PRICES = st.none() | st.sampled_from([0.0, 9.99, 10.0, 10.01])


@st.composite
def logs(draw: st.DrawFn) -> list[QuoteRecord]:
    """Return a log over two days: time goes on by jumps, and records are of it or from a little before it."""
    now = DAY.start
    log: list[QuoteRecord] = []
    for _ in range(draw(st.integers(1, 40))):
        now = min(now + draw(st.sampled_from([0, 0, 1, SECOND, NEXT_DAY.open - DAY.open])), NEXT_DAY.end)
        time = now - draw(st.sampled_from([0, 0, 0, 1, SECOND]))
        if draw(st.integers(0, 5)) == 0:
            log.append(clock(now))
        else:
            log.append(quote(draw(st.sampled_from(TICKERS)), time, draw(PRICES), draw(PRICES), len(log)))
    return log


def newest(log: list[QuoteRecord], ticker: str) -> Quote | None:
    """Return a ticker's newest quote of an hour at which there is trading, the log's last one of equals."""
    own = [
        record
        for record in log
        if isinstance(record, Quote)
        and record.ticker == ticker
        and any(day.start <= record.quote_time < day.end for day in (DAY, NEXT_DAY))
    ]
    return max(reversed(own), key=lambda record: record.quote_time, default=None)


@given(logs())
def test_a_row_is_the_newest_quote(log: list[QuoteRecord]) -> None:
    """Prices that are not above 0 are none; a ticker without a usable quote has metrics on no day."""
    quotes = Quotes()
    quotes.fold(*log)
    for ticker in quotes.tickers():
        own = newest(log, ticker)
        for day in (DAY, NEXT_DAY):
            told = quotes.told(day.start, ticker)
            is_of_day = own is not None and day.start <= own.quote_time < day.end
            assert told["bid"] == ((own.bid or None) if own and is_of_day else None)
            assert told["ask"] == ((own.ask or None) if own and is_of_day else None)
            is_whole = told["bid"] is not None and told["ask"] is not None
            assert [told[name] is not None for name in ("spread", "spread_bps")] == [is_whole] * 2


@given(logs(), st.randoms(use_true_random=False))
def test_the_order_of_times_does_not_matter(log: list[QuoteRecord], random: Random) -> None:
    """Quotes with times of their own give the same prices in any order."""
    own = {(record.ticker, record.quote_time): record for record in log if isinstance(record, Quote)}
    mixed = list(own.values())
    random.shuffle(mixed)
    straight, other = Quotes(), Quotes()
    straight.fold(*own.values())
    other.fold(*mixed)

    for ticker in straight.tickers():
        one, two = straight.row(ticker).copy(), other.row(ticker).copy()
        one["offset"] = two["offset"] = 0
        assert one.tobytes() == two.tobytes()


@given(logs(), st.lists(st.integers(0, 40)))
def test_batches_do_not_matter(log: list[QuoteRecord], cuts: list[int]) -> None:
    """The same log in any batches gives rows that are equal to the bit, and the same progress."""
    whole, pieces = Quotes(), Quotes(rows=2)
    outcomes = whole.fold(*log)
    others: list[str] = []
    for start, stop in itertools.pairwise([0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]):
        others += pieces.fold(*log[start:stop])

    assert others == outcomes
    assert pieces.rows() == whole.rows()
    for name in ("event_time", "complete_through", "window", "day"):
        assert pieces.progress[name] == whole.progress[name]


@given(logs(), st.integers(0, 40), st.integers(0, 40), st.sets(st.sampled_from(TICKERS)))
def test_a_restart_changes_nothing(log: list[QuoteRecord], stop: int, back: int, written: set[str]) -> None:
    """Stopped anywhere, with any rows written since the last whole flush, and read again from there: the same."""
    steady = Quotes()
    steady.fold(*log)
    stop = min(stop, len(log))
    flushed = max(0, stop - back)

    first = Quotes()
    first.fold(*log[:flushed])
    old = dict(zip(first.tickers(), first.partition.rows.copy(), strict=False))
    progress = first.partition.progress.copy()
    first.fold(*log[flushed:stop])
    new = dict(zip(first.tickers(), first.partition.rows.copy(), strict=False))

    second = Quotes()
    for ticker, row_then in new.items():
        row = row_then if ticker in written else old.get(ticker)
        if row is not None:
            rows = second.partition.rows[:1].copy()
            rows[0] = row
            second.partition = put_all_rows(second.partition, [ticker.encode()], rows, with_more_quote_rows)
    second.partition.progress[:] = progress
    second.partition.progress["resume_offset"] = flushed
    second.fold_at(max(0, flushed - 3), log[max(0, flushed - 3) :])

    assert second.rows() == steady.rows()
    assert second.progress["event_time"] == steady.progress["event_time"]
