"""What a partition gives to its changelog and takes from it, and where it reads on in the log."""

from hashlib import blake2b
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import numpy as np
import pytest

from schemas.records import Aggregate, Clock, Reference
from streams.background import Background
from streams.changelog import PROGRESS_KEY, Flush, Progress
from streams.market.bar_events import rules
from streams.market.corrections import WINDOW_MS
from streams.market.events import KINDS
from streams.market.outcomes import BAD_TICKER, TOO_LATE, UNDECODABLE
from streams.market.session import trading_days
from streams.market.symbol_state import ROW, VERSION
from streams.partition_state import PartitionState, Refused, bar_state
from tests.unit.market.builders import DAY, DECODER, HOUR, MINUTE, SECOND, bar, clock, encoded, row_of, tickers

TOPIC: Final = "00ff"
NOON: Final = DAY.open + 150 * MINUTE
Records = list[Aggregate | Clock | bytes]


def new(interval_ms: int = SECOND, topic: str = TOPIC) -> PartitionState:
    """Return a partition that starts from nothing."""
    state = bar_state(interval_ms, topic)
    state.start()
    return state


def fold(state: PartitionState, *records: Aggregate | Clock | bytes, offset: int | None = None) -> list[Refused]:
    """Fold a batch that stands where the last ended, or at an offset."""
    first = (state.position or 0) if offset is None else offset
    return state.fold(DECODER, encoded(records), np.arange(first, first + len(records)))


def flush(state: PartitionState) -> list[tuple[bytes, bytes]]:
    """Write everything to a changelog; return its records."""
    written = state.changed()
    state.succeeded(written, state.log_end + len(written.keys))
    return list(zip(written.keys, written.values, strict=True))


def restored(items: list[tuple[bytes, bytes]], interval_ms: int = SECOND, topic: str = TOPIC) -> PartitionState:
    """Return a new life of a partition, recovered."""
    state = bar_state(interval_ms, topic)
    state.load_items(items)
    return state


def progress_in(written: Flush | list[tuple[bytes, bytes]]) -> Progress:
    """Return what a flush says of the partition as a whole."""
    items = list(zip(written.keys, written.values, strict=True)) if isinstance(written, Flush) else written
    return msgspec.msgpack.decode(dict(items)[PROGRESS_KEY], type=Progress)


def test_a_new_partition_has_nothing_to_say() -> None:
    """Before the first record there is nothing to write, nothing to commit, and the log is read from its beginning."""
    state = bar_state(SECOND, TOPIC)

    assert state.start() is None
    assert state.changed().keys == []
    assert (state.position, state.flushed, state.event_time, state.complete_through) == (None, None, 0, 0)
    assert not state.is_dirty


def test_a_flush_is_the_changed_rows_and_then_the_progress() -> None:
    """Only what changed since the last flush is written, the partition's own record last."""
    state = new()
    fold(state, bar("A", NOON), bar("B", NOON), clock(NOON))

    assert [key for key, _ in flush(state)] == [b"A", b"B", PROGRESS_KEY]
    assert not state.is_dirty
    fold(state, bar("B", NOON + SECOND))
    items = flush(state)
    assert [key for key, _ in items] == [b"B", PROGRESS_KEY]
    assert items[0][1][0] == VERSION
    assert progress_in(items).position == 4
    assert flush(state) == []


def test_only_what_the_changelog_holds_may_be_committed() -> None:
    """The cap follows successful flushes, of what they held, not of what was folded meanwhile; it never goes back."""
    state = new()
    fold(state, bar("A", NOON))
    first = state.changed()
    fold(state, bar("A", NOON + SECOND))
    covered = [state.flushed]
    state.succeeded(first, 1)
    covered.append(state.flushed)
    second = state.changed()
    state.succeeded(second, 3)
    state.succeeded(first, 1)
    assert [*covered, state.flushed] == [None, 1, 2]
    assert state.log_end == 3


def test_a_flush_that_failed_is_written_again() -> None:
    """Its rows are changed as before, and so is the progress."""
    state = new()
    fold(state, bar("A", NOON), bar("B", NOON))
    failed = state.changed()
    state.failed(failed)

    assert state.is_dirty
    assert state.flushed is None
    again = state.changed()
    assert (again.keys, again.values) == (failed.keys, failed.values)


def test_clocks_alone_are_progress() -> None:
    """Where no row changed, the position still is worth writing."""
    state = new()
    fold(state, clock(NOON))

    assert [key for key, _ in flush(state)] == [PROGRESS_KEY]


def test_where_reading_begins_is_no_progress() -> None:
    """Before the changelog was read, and until something was folded, a flush must not hide what the changelog says."""
    state = new()
    fold(state, bar("A", NOON), clock(NOON))
    items = flush(state)
    again = bar_state(SECOND, TOPIC)
    again.start()
    again.position = 0

    assert again.changed().keys == []
    again.load_items(items)
    again.start()
    assert again.changed().keys == []
    assert again.flushed == 2


def test_recovery_stands_where_the_flush_stood() -> None:
    """Rows, clock, window and trading date are back; the log is read again from before the window."""
    state = new()
    fold(state, bar("A", NOON), clock(NOON))
    fold(state, bar("A", NOON + MINUTE), clock(NOON + MINUTE))
    items = flush(state)
    again = restored(items)

    assert again.start() == 0
    assert (again.event_time, again.complete_through) == (NOON + MINUTE + SECOND, NOON + MINUTE)
    assert trading_days()[again.columns.progress[0]["day"]] == DAY
    assert row_of(again.columns, "A").tobytes() == row_of(state.columns, "A").tobytes()
    assert again.flushed == 4
    assert not again.is_dirty


def test_a_refill_begins_no_earlier_than_it_must() -> None:
    """After hours of bars it is the last window that is read again, and a live partition is not sent back at all."""
    state = new()
    for minute in range(120):
        fold(state, bar("A", NOON + minute * MINUTE), clock(NOON + (minute + 1) * MINUTE))
    again = restored(flush(state))

    assert again.start() == 2 * (120 - WINDOW_MS // MINUTE)
    assert len(state.marks) <= WINDOW_MS // MINUTE + 2
    assert state.start() == 240


def test_a_refill_finds_bars_that_ran_ahead_of_the_clock() -> None:
    """A bar dated two minutes ahead is still in the window after its record has become an old one: it is read again."""
    state = new()
    early = bar("A", NOON + 2 * MINUTE, 10.0, 5.0)
    log: Records = [clock(NOON), early, *(clock(NOON + minute * MINUTE) for minute in range(1, 19))]
    fold(state, *log[:2])
    for record in log[2:]:
        fold(state, record)
    again = restored(flush(state))
    start = again.start() or 0
    fold(again, *log[start:], offset=start)

    for life in (state, again):
        fold(life, bar("A", NOON + 2 * MINUTE, 11.0, 6.0))
        assert (row_of(life.columns, "A")["bars"], row_of(life.columns, "A")["volume"]) == (1, 6.0)


def test_no_progress_is_written_while_the_window_is_read_again() -> None:
    """A restart in the middle of a refill must not take the refill's position for how far the rows are."""
    state = new()
    records: Records = [bar("A", NOON + second * SECOND) for second in range(10)]
    fold(state, *records, clock(NOON))
    again = restored(flush(state))
    again.start()
    fold(again, *records[:5], offset=0)

    assert again.changed().keys == []
    assert again.flushed == 11
    fold(again, *records[5:], clock(NOON), bar("A", NOON + MINUTE), offset=5)
    assert progress_in(again.changed()).position == 12
    assert again.counts == {"skipped": 10, "clocked": 1, "folded": 1}


def test_a_flush_that_was_cut_leaves_no_progress() -> None:
    """Rows without their partition's record: the log is read from the beginning, and skipped row by row."""
    state = new()
    fold(state, bar("A", NOON), bar("B", NOON))
    items = flush(state)
    again = restored(items[:1])

    assert again.start() is None
    assert again.flushed is None
    fold(again, bar("A", NOON), bar("B", NOON), offset=0)
    assert again.counts == {"skipped": 1, "folded": 1}


@pytest.mark.parametrize(("interval", "topic"), [(MINUTE, TOPIC), (SECOND, "00fe")])
def test_a_changelog_of_something_else_says_nothing(interval: int, topic: str) -> None:
    """Rows of another length of bar, or of a topic that was made anew under its name, are not gone on from."""
    state = new()
    fold(state, bar("A", NOON), clock(NOON))
    again = restored(flush(state), interval, topic)

    assert again.start() is None
    assert tickers(again.columns) == []
    assert (again.flushed, again.event_time) == (None, 0)


def test_own_rows_are_taken_from_a_changelog_of_both() -> None:
    """What another run left in the changelog does not hide what is one's own."""
    other, own = new(MINUTE), new()
    fold(other, bar("A", NOON, interval_ms=MINUTE), bar("B", NOON, interval_ms=MINUTE))
    fold(own, bar("C", NOON), clock(NOON))
    again = restored([*flush(other), *flush(own)])

    assert tickers(again.columns) == ["C"]
    assert again.start() == 0
    assert again.flushed == 2


def test_the_dtype_is_the_one_that_its_version_names() -> None:
    """Whoever changes the dtype gives it a new version and keeps the old one in ``OLDER_ROWS``."""
    assert (VERSION, blake2b(repr(ROW.descr).encode(), digest_size=8).hexdigest()) == (2, "feeb7ec9768c99b5")


def test_changelog_records_are_loaded_with_their_offsets() -> None:
    """Tombstones and missing keys harm nothing, and the newest offset is remembered."""
    state = new()
    fold(state, bar("A", NOON))
    records: list[Any] = [
        SimpleNamespace(key=key, value=value, offset=offset) for offset, (key, value) in enumerate(flush(state), 5)
    ]
    records.append(SimpleNamespace(key=b"GONE", value=None, offset=9))
    again = bar_state(SECOND, TOPIC)
    again.load(records)

    assert tickers(again.columns) == ["A"]
    assert again.log_end == 9
    assert again.changes == 1


def test_what_cannot_be_used_is_named_by_its_place() -> None:
    """Too late, of no schema, of a bad ticker: each with its place in the batch; what is merely ignored is not."""
    state = new()

    refused = fold(
        state,
        clock(NOON),
        b"nonsense",
        bar("", NOON),
        bar("A", NOON - HOUR),
        bar("A", NOON),
        bar("A", NOON, interval_ms=MINUTE),
        bar("A", DAY.end),
    )

    assert refused == [Refused(1, UNDECODABLE), Refused(2, BAD_TICKER), Refused(3, TOO_LATE)]
    assert state.counts == {
        "clocked": 1,
        "undecodable": 1,
        "bad_ticker": 1,
        "too_late": 1,
        "folded": 1,
        "other_interval": 1,
        "outside_session": 1,
    }
    assert (state.position, state.changes) == (7, 1)


def test_a_batch_without_faults_refuses_nothing() -> None:
    """The common case."""
    assert fold(new(), bar("A", NOON), clock(NOON)) == []


def test_events_are_taken_once() -> None:
    """What happened since the last call, batch by batch; a batch in which nothing happened leaves nothing."""
    state = new()
    fold(state, bar("A", NOON, 10.0))
    assert state.take_events() == []

    fold(state, bar("A", NOON + SECOND, 11.0), bar("B", NOON, 10.0))
    fold(state, bar("B", NOON + SECOND, 11.0))
    first, second = state.take_events()
    assert [KINDS[events["kind"][0]] for events in (first, second)] == ["new_high", "new_high"]
    assert [tickers(state.columns)[events["row"][0]] for events in (first, second)] == ["A", "B"]
    assert state.take_events() == []


def test_what_is_known_covers_the_columns() -> None:
    """It comes with a row for each ticker that is known."""
    background = Background()
    background.put(Reference(ticker="B", trading_date="2025-01-06", prev_close=10.0))
    state = bar_state(SECOND, TOPIC, background)
    state.start()
    fold(state, bar("A", NOON, 9.0), bar("B", NOON, 9.0), bar("B", NOON + SECOND, 11.0))

    known = state.known(DAY.start)

    assert known.facts["prev_close"][tickers(state.columns).index("B")] == 10.0
    kinds = [KINDS[kind] for events in state.take_events() for kind in events["kind"]]
    assert "prev_close_cross_up" in kinds


def test_the_rules_are_those_given() -> None:
    """How often events are made is the worker's setting."""
    state = bar_state(SECOND, TOPIC, rules=rules(0, 5.0))
    state.start()
    fold(state, *(bar("A", NOON + n * SECOND, 10.0 + n) for n in range(8)))

    prices = [price for events in state.take_events() for price in events["price"].tolist()]
    assert prices == [11.0, 16.0]
