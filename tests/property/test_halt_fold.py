"""Whatever feeds say of halts, in whatever batches, and wherever a worker stops: the same rows, the same events."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Halt, LimitBand
from streams.market.halt_partition import with_more_halt_rows
from streams.market.halts import CONTRADICTED, STATES, resumption, state_at
from streams.market.partition import put_all_rows
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, clock
from tests.unit.market.halt_builders import HaltRecord, Halts, band, halt, paused, resumed

TICKERS = ("A", "AA", "B")
REASONS = ("LUDP", "T1", "T3", "T12", "X9")


@st.composite
def logs(draw: st.DrawFn) -> list[HaltRecord]:
    """Return a log over two days: time goes on by jumps, and records are about it, a little before it, or ahead."""
    now = DAY.open - MINUTE
    log: list[HaltRecord] = []
    for _ in range(draw(st.integers(1, 40))):
        now += draw(st.sampled_from([0, 0, SECOND, 59 * SECOND, 61 * SECOND, 5 * MINUTE, NEXT_DAY.open - DAY.open]))
        now = min(now, NEXT_DAY.close)
        ticker, kind = draw(st.sampled_from(TICKERS)), draw(st.sampled_from("pprrbehhc"))
        time = now - draw(st.sampled_from([0, 0, 0, 30 * SECOND, 2 * MINUTE]))
        if kind == "p":
            log.append(paused(ticker, time))
        elif kind == "r":
            log.append(resumed(ticker, time))
        elif kind == "b":
            log.append(band(ticker, time, draw(st.sampled_from([None, 9.0])), draw(st.sampled_from([None, 11.0]))))
        elif kind == "c":
            log.append(clock(now))
        else:
            ahead = st.sampled_from([None, 0, 4 * MINUTE, 10 * MINUTE])
            quote, trade = draw(ahead), draw(ahead)
            log.append(
                halt(
                    ticker,
                    time,
                    draw(st.sampled_from(REASONS)),
                    said=now,
                    quote=None if quote is None else time + quote,
                    trade=None if trade is None else time + trade,
                )
            )
    return log


def told(halts: Halts) -> list[bytes]:
    """Return the events with their exact bytes, each with the ticker instead of the row."""
    names = halts.tickers()
    return sorted(names[int(event["row"])].encode() + event.tobytes()[16:] for event in halts.raw_events)


@given(logs(), st.lists(st.integers(0, 40)))
def test_batches_do_not_matter(log: list[HaltRecord], cuts: list[int]) -> None:
    """The same log in any batches gives rows that are equal to the bit, and the same events in the same order."""
    whole, pieces = Halts(), Halts(rows=2)
    outcomes = whole.fold(*log)
    others: list[str] = []
    for start, stop in itertools.pairwise([0, *sorted(min(cut, len(log)) for cut in cuts), len(log)]):
        others += pieces.fold(*log[start:stop])

    assert others == outcomes
    assert pieces.rows() == whole.rows()
    assert pieces.events == whole.events
    for name in ("event_time", "complete_through", "window", "day"):
        assert pieces.progress[name] == whole.progress[name]


@given(logs(), st.integers(0, 40), st.integers(0, 40), st.sets(st.sampled_from(TICKERS)))
def test_a_restart_changes_nothing(log: list[HaltRecord], stop: int, back: int, written: set[str]) -> None:
    """Stopped anywhere, with any rows written since the last whole flush, and read again from there: the same."""
    steady = Halts()
    steady.fold(*log)
    stop = min(stop, len(log))
    flushed = max(0, stop - back)

    first = Halts()
    first.fold(*log[:flushed])
    old = dict(zip(first.tickers(), first.partition.rows.copy(), strict=False))
    progress = first.partition.progress.copy()
    first.fold(*log[flushed:stop])
    new = dict(zip(first.tickers(), first.partition.rows.copy(), strict=False))
    kept = {ticker: new[ticker] if ticker in written else old.get(ticker) for ticker in new}

    second = Halts()
    for ticker, row in kept.items():
        if row is not None:
            rows = second.partition.rows[:1].copy()
            rows[0] = row
            second.partition = put_all_rows(second.partition, [ticker.encode()], rows, with_more_halt_rows)
    second.partition.progress[:] = progress
    second.partition.progress["resume_offset"] = flushed
    second.fold_at(max(0, flushed - 3), log[max(0, flushed - 3) :])

    assert second.rows() == steady.rows()
    assert set(told(first)) | set(told(second)) == set(told(steady))
    assert second.progress["event_time"] == steady.progress["event_time"]


@given(logs())
def test_tickers_do_not_disturb_each_other(log: list[HaltRecord]) -> None:
    """A ticker's row is that of its own records alone, but for its place in the log."""
    whole = Halts()
    whole.fold(*log)
    for ticker in whole.tickers():
        alone = Halts()
        alone.fold(*[record for record in log if isinstance(record, LimitBand | Halt) and record.ticker == ticker])
        one, other = whole.row(ticker).copy(), alone.row(ticker).copy()
        one["offset"] = other["offset"] = 0
        assert one.tobytes() == other.tobytes()


@given(logs())
def test_events_and_states_agree(log: list[HaltRecord]) -> None:
    """One event for each halt, at most one for its end, and a row is halted exactly until trading resumes."""
    halts = Halts()
    halts.fold(*log)
    for ticker in halts.tickers():
        begun = [time for kind, name, time in halts.events if (kind, name) == ("halted", ticker)]
        ended = [event["first_level"] for event in halts.raw_events if halts.tickers()[event["row"]] == ticker]
        row = halts.row(ticker)
        assert len(begun) == len(set(begun))
        assert all(ended.count(time) <= 2 for time in begun)
        assert row["halts_today"] <= len(begun)
        if row["halt_time"] == 0:
            assert begun == []
            continue
        assert begun[-1] == row["told_halt"] >= row["halt_time"]
        resumes = resumption(row)
        assert state_at(row, row["halt_time"] - 1) == STATES.index("trading")
        assert (state_at(row, row["halt_time"]) == STATES.index("trading")) == (0 < resumes <= row["halt_time"])
        assert row["told_resumption"] == 1 or resumes == 0
        assert 0 < row["heard_from"] < 2 * CONTRADICTED
