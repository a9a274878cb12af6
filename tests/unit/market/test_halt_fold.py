"""The fold of halts: what becomes of each record, what a row holds afterwards, and which events there are."""

import numpy as np
import pytest

from schemas.records import LimitBand, Trade
from streams.halt_folding import HaltFolding
from streams.market.events import CAPACITY, ROOM
from streams.market.halt_codes import PAUSE, UNKNOWN, packed
from streams.market.halt_fold import has_indicator
from streams.market.halt_partition import with_more_halt_rows
from streams.market.partition import put_all_rows
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, NEXT_DAY, SECOND, clock, uncompiled
from tests.unit.market.halt_builders import CODEC, Halts, band, halt, paused, resumed

NOON = DAY.open + 150 * MINUTE


def test_a_pause() -> None:
    """It begins, it ends, and both are told once."""
    halts = Halts()

    assert halts.fold(paused("A", NOON), paused("A", NOON + SECOND), resumed("A", NOON + 5 * MINUTE)) == ["folded"] * 3
    assert halts.events == [("halted", "A", NOON), ("resumed", "A", NOON + 5 * MINUTE)]
    row = halts.row()
    assert (row["source"], row["offset"], row["day_start"]) == (1, 2, DAY.start)
    assert (row["halt_time"], row["resumed_time"], row["halts_today"]) == (NOON, NOON + 5 * MINUTE, 1)
    assert row["reason"] == PAUSE
    assert halts.partition.dirty[0]


def test_the_second_feed_tells_nothing_new() -> None:
    """Whichever it is: one event for the halt, one for its end, with the time first told."""
    halts = Halts()
    halts.fold(paused("A", NOON), halt("A", NOON - 2 * SECOND, "LUDP", trade=NOON + 5 * MINUTE))
    halts.fold(resumed("A", NOON + 5 * MINUTE), halt("A", NOON - 2 * SECOND, "LUDP", said=NOON + 6 * MINUTE))
    halts.fold(halt("B", NOON), paused("B", NOON + SECOND))

    assert halts.events == [("halted", "A", NOON), ("resumed", "A", NOON + 5 * MINUTE), ("halted", "B", NOON)]
    assert [event["first_level"] for event in halts.raw_events] == [NOON, NOON, NOON]


def test_an_end_still_to_come_is_told_at_once() -> None:
    """The exchange publishes when trading resumes; said otherwise later, the halt's end has been told."""
    halts = Halts()
    halts.fold(halt("A", NOON, "T1"))
    assert halts.events == [("halted", "A", NOON)]

    halts.fold(halt("A", NOON, "T3", said=NOON + MINUTE, trade=NOON + 60 * MINUTE))
    halts.fold(halt("A", NOON, "T3", said=NOON + 2 * MINUTE, trade=NOON + 90 * MINUTE))
    assert halts.events[1:] == [("resumed", "A", NOON + 60 * MINUTE)]
    assert halts.row()["trade_time"] == NOON + 90 * MINUTE


def test_what_an_event_says() -> None:
    """Pause price, the reason's number, the halt's number today, its session, and when it began."""
    halts = Halts()
    halts.fold(paused("A", NOON), resumed("A", NOON + 5 * MINUTE))
    halts.fold(halt("A", DAY.close, "LUDP", price=12.5, trade=DAY.end + MINUTE))
    first, _, second, end = halts.raw_events

    assert np.isnan([first["price"], first["level"], first["second_level"], end["level"]]).all()
    assert (first["value"], first["count"], first["session"]) == (PAUSE, 1, 1)
    assert (second["level"], second["value"], second["count"], second["session"]) == (12.5, PAUSE, 2, 2)
    assert (end["time"], end["first_level"], end["session"]) == (DAY.end + MINUTE, DAY.close, 3)


def test_events_of_other_days() -> None:
    """Each is of the session of its own time, whenever it was heard of: a halt of yesterday, an end of tomorrow."""
    halts = Halts()
    halts.fold(halt("A", DAY.close, "T1", said=NEXT_DAY.open), halt("B", NOON, "T3", said=NOON, trade=NEXT_DAY.open))
    halts.fold(halt("C", NEXT_DAY.open, "T3", trade=DAY.end + 7 * 24 * 60 * MINUTE))

    assert [(event["time"], event["session"]) for event in halts.raw_events] == [
        (DAY.close, 2),
        (NOON, 1),
        (NEXT_DAY.open, 1),
        (NEXT_DAY.open, 1),
        (DAY.end + 7 * 24 * 60 * MINUTE, 3),
    ]


def test_a_new_halt_has_no_price_of_the_last() -> None:
    """Until the exchange lists one."""
    halts = Halts()
    halts.fold(halt("A", NOON, "LUDP", price=12.5, trade=NOON + 5 * MINUTE), paused("A", NOON + 6 * MINUTE))

    assert np.isnan(halts.row()["pause_price"])
    assert np.isnan(halts.raw_events[-1]["level"])


def test_a_pause_before_the_open_has_no_reason() -> None:
    """Volatility pauses are of the regular session, on half days a shorter one."""
    halts = Halts()
    halts.fold(
        paused("A", DAY.open - 1), paused("B", DAY.open), paused("C", HALF_DAY.close - 1), paused("D", HALF_DAY.close)
    )

    assert [halts.row(name)["reason"] for name in "ABCD"] == [UNKNOWN, PAUSE, PAUSE, UNKNOWN]
    assert [event["session"] for event in halts.raw_events] == [0, 1, 1, 2]


def test_bands_and_indicators_come_together() -> None:
    """A message of bands says nothing of a halt; one of a halt may carry bands."""
    halts = Halts()
    halts.fold(band("A", NOON, 9.0, 11.0))
    assert halts.events == []
    assert (halts.row()["limit_down"], halts.row()["limit_up"], halts.row()["halt_time"]) == (9.0, 11.0, 0)

    message = paused("A", NOON + SECOND)
    fields = {name: getattr(message, name) for name in message.__struct_fields__}
    halts.fold(LimitBand(**{**fields, "low_limit": 8.0, "high_limit": 12.0, "indicators": (21, 17)}))
    assert halts.events == [("halted", "A", NOON + SECOND)]
    assert (halts.row()["limit_down"], halts.row()["limit_up"]) == (8.0, 12.0)


def test_a_new_day_counts_anew_and_keeps_the_halt() -> None:
    """The row begins its day with its first record; what is halted stays so, and late records move no day back."""
    halts = Halts()
    halts.fold(paused("A", NOON), resumed("A", NOON + 5 * MINUTE), halt("A", NOON + 60 * MINUTE, "T12"))
    assert halts.row()["halts_today"] == 2

    halts.fold(band("A", NEXT_DAY.open, 9.0, 11.0), band("A", DAY.open, 1.0, 99.0))
    row = halts.row()
    assert (row["day_start"], row["halts_today"], row["halt_time"]) == (NEXT_DAY.start, 0, NOON + 60 * MINUTE)
    assert row["limit_up"] == 11.0
    assert halts.state(NEXT_DAY.open) == "halted"


def test_an_older_halt_changes_nothing() -> None:
    """But for the place in the log: neither the halt nor the count, and no event."""
    halts = Halts()
    halts.fold(paused("A", NOON))
    before = halts.row().copy()

    assert halts.fold(halt("A", NOON - 2 * MINUTE, "T12", trade=NOON - MINUTE)) == ["folded"]
    before["offset"] = 1
    assert halts.row().tobytes() == before.tobytes()
    assert halts.events == [("halted", "A", NOON)]


def test_an_unknown_reason_is_kept() -> None:
    """By its characters."""
    halts = Halts()
    halts.fold(halt("A", NOON, "X9"))

    assert (halts.row()["reason"], halts.row()["reason_code"]) == (UNKNOWN, packed("X9"))
    assert halts.raw_events[0]["value"] == UNKNOWN


def test_times_not_known_are_none() -> None:
    """Null in the record is 0 in the row, a price NaN."""
    halts = Halts()
    halts.fold(halt("A", NOON, quote=NOON + 1))

    row = halts.row()
    assert (row["quote_time"], row["trade_time"]) == (NOON + 1, 0)
    assert np.isnan(row["pause_price"])


def test_what_cannot_be_used_is_named() -> None:
    """Records of other types, torn ones, and tickers that are none."""
    halts = Halts()
    trade = CODEC.encode(Trade(ticker="A", price=1.0, size=1.0, trade_time=NOON, received_time=NOON))
    torn = CODEC.encode(halt("A", NOON))[:-1]

    assert halts.fold(trade, torn, b"", halt("", NOON), paused("A" * 13, NOON), halt("A B", NOON)) == [
        *["undecodable"] * 3,
        *["bad_ticker"] * 3,
    ]
    assert halts.tickers() == []


def test_records_are_folded_once() -> None:
    """Read again they are skipped, and make no event."""
    halts = Halts()
    records = [paused("A", NOON), band("B", NOON, 1.0, 2.0), resumed("A", NOON + MINUTE)]
    halts.fold(*records)
    rows, events = halts.rows(), list(halts.events)

    assert halts.fold_at(0, records) == ["skipped"] * 3
    assert (halts.rows(), halts.events) == (rows, events)


def test_an_earlier_life_is_skipped() -> None:
    """Records before the offset that the changelog covers move the clocks and nothing else."""
    halts = Halts()
    halts.partition.progress["resume_offset"] = 3

    assert halts.fold(paused("A", NOON), b"", halt("", NOON), paused("A", NOON + MINUTE)) == [
        "skipped",
        "skipped",
        "skipped",
        "folded",
    ]
    assert halts.events == [("halted", "A", NOON + MINUTE)]


def test_clocks_say_how_far_it_is() -> None:
    """They never go back; the event time is that of the newest record or clock."""
    halts = Halts()

    assert halts.fold(clock(NOON), paused("A", NOON - MINUTE), clock(NOON - SECOND)) == ["clocked", "folded", "clocked"]
    assert halts.progress["complete_through"] == halts.progress["window"] == halts.progress["event_time"] == NOON

    halts.fold(band("A", NEXT_DAY.open, 1.0, 2.0), clock(NEXT_DAY.open - 1))
    assert halts.progress["event_time"] == NEXT_DAY.open
    assert halts.progress["complete_through"] == NEXT_DAY.open - 1


def test_there_is_always_room() -> None:
    """For more tickers than rows, and for more events than the array holds."""
    halts = Halts(rows=2)
    count = CAPACITY + ROOM
    halts.fold(*[paused(f"T{number}", NOON + number) for number in range(count)])

    assert len(halts.tickers()) == len(halts.events) == count
    assert [time for _, _, time in halts.events] == [NOON + number for number in range(count)]


def test_rows_come_back_as_they_were() -> None:
    """Put into new columns, with little room, they are the same to the bit, and there is nothing else to read again."""
    halts, others = Halts(), Halts(rows=2)
    halts.fold(*[paused(f"T{number}", NOON + number) for number in range(9)])
    names = [name.encode() for name in halts.tickers()]
    others.partition = put_all_rows(others.partition, names, halts.partition.rows[:9], with_more_halt_rows)

    assert others.rows() == halts.rows()
    assert HaltFolding().without_recent(others.partition) is others.partition


@pytest.mark.parametrize("others", [(), (1,), (300,), (1, 300, 70_000)])
def test_indicators_may_be_any(others: tuple[int, ...]) -> None:
    """Small and large ones before and behind the one that counts."""
    halts = Halts()
    halts.fold(LimitBand(ticker="A", event_time=NOON, indicators=(*others, 17, *others), received_time=NOON))

    assert halts.events == [("halted", "A", NOON)]


def test_indicators_are_read_one_by_one() -> None:
    """No part of one is taken for another, and a list of none has none."""
    items = np.frombuffer(bytes([34, 0xD8, 0x04]), np.uint8)
    find = uncompiled(has_indicator)

    assert [find(items, 0, 2, wanted) for wanted in (17, 300, 44, 2)] == [True, True, False, False]
    assert not find(items, 0, 0, 17)
    assert not find(items, 0, -1, 17)
