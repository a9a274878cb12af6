"""``api.event_log`` and ``api.event_cursor``: positions, places, and what clients share."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from api import event_cursor
from api.event_cursor import BATCH_BYTES, PATIENCE, Cursor, Selections
from api.event_filter import FEEDS, Wanted, condition
from api.event_log import NOWHERE, EventLog, Place
from schemas.alert_kinds import KIND_NAMES
from schemas.event_log import START, EntryId
from tests.support.event_logs import alert, entries, log_of

EVERYTHING = Wanted()


def frames(cursor: Cursor) -> Iterator[dict[str, Any]]:
    """Yield all that a client gets."""
    while messages := cursor.take().messages:
        for message in messages:
            yield json.loads(message.payload)


def ids(cursor: Cursor) -> list[str]:
    """Return the types of frames, or which alerts they have, or why there is a gap."""
    return [frame.get("event", {}).get("id") or frame.get("reason") or frame["type"] for frame in frames(cursor)]


@pytest.mark.parametrize("text", ["1-2", "1795185713250-18446744073709551615", "0-0"])
def test_ids_are_written_as_in_redis(text: str) -> None:
    """And read again."""
    assert str(EntryId.of(text)) == text


@pytest.mark.parametrize(
    "text", ["", "1", "1-", "-1", "1-2-3", " 1-2", "\u0661-2", "1-18446744073709551616", "1" * 16 + "-0"]
)
def test_other_texts_are_no_ids(text: str) -> None:
    """Numbers are as large as Redis has them."""
    with pytest.raises(ValueError, match="not the id"):
        EntryId.of(text)


def test_ids_are_ordered_by_number_and_each_has_one_before() -> None:
    """Not by text."""
    assert EntryId.of("9-9") < EntryId.of("9-10") < EntryId.of("10-0")
    assert EntryId(9, 1).before == EntryId(9, 0)
    assert EntryId(8, 5) < EntryId(9, 0).before < EntryId(9, 0)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "012345"),
        (Wanted(kinds=frozenset({"halted", "resumed"})), "23"),
        (Wanted(tickers=frozenset({"A", "LONGERTICKER"})), "015"),
        (Wanted(filter="price > 5"), "1"),
        (Wanted(filter="not price > 5"), "04"),
        (Wanted(filter="price is null and count = 2"), "2"),
        (Wanted(filter="event_time between 1 and 3 and quality_days is null"), "123"),
        (Wanted(frozenset({"new_high"}), frozenset({"A"}), "level < price"), "1"),
    ],
)
@pytest.mark.parametrize("few", [True, False])
def test_what_is_wanted(wanted: Wanted, found: str, few: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 (two ways)
    """What an alert does not have meets no condition; a kind from a later version is wanted where all are."""
    monkeypatch.setattr("api.event_filter.FEW", 200 if few else 0)
    log = log_of(
        alert(0, price=5.0, quality_days=3),
        alert(1, price=6.0, level=5.5),
        alert(2, kind="halted", ticker="B", count=2),
        alert(3, kind="resumed", ticker="B"),
        alert(4, ticker="B", price=1.0),
        alert(5, kind="kind_to_come"),
    )
    rows = log.rows(0, log.end)

    assert "".join(str(place) for place in np.flatnonzero(wanted.matches(rows))) == found


def test_feeds_have_known_kinds_and_conditions_one_form() -> None:
    """Texts that differ in blanks are one selection."""
    assert set(FEEDS["halts"]) < set(FEEDS["alerts"]) == set(KIND_NAMES)
    assert condition("price>5  AND count<3").text == condition(" PRICE > 5 and Count < 3").text


def test_who_asks_for_the_same_gets_the_same_bytes() -> None:
    """One frame is made of an event for a feed, whatever the filters, and one batch for clients that are as far."""
    log = log_of()
    selections = Selections(log)
    narrow = selections.of("alerts", Wanted(tickers=frozenset({"A"})))
    cursors = [Cursor(log, selections.of("alerts", EVERYTHING)) for _ in range(3)]
    cursors += [Cursor(log, narrow), Cursor(log, selections.of("halts", EVERYTHING))]
    for cursor in cursors:
        cursor.take()
    log.append(entries(alert(1), alert(2)))
    batches = [cursor.take() for cursor in cursors]

    assert batches[0] is batches[1] is batches[2]
    assert [one is other for one, other in zip(batches[0].messages, batches[3].messages, strict=True)] == [True, True]
    assert batches[4].messages[0] is not batches[0].messages[0]
    assert selections.of("alerts", Wanted(tickers=frozenset({"A"}))) is narrow


def test_batches_are_bounded() -> None:
    """However far a client is behind; the next one goes on where it ended."""
    log = log_of(*(alert(number, note="x" * 1000) for number in range(90)))
    cursor = Cursor(log, Selections(log).of("alerts", EVERYTHING), Place("one", START))
    cursor.take()
    first = cursor.take()

    assert BATCH_BYTES <= first.size < BATCH_BYTES + 2000
    assert ids(cursor)[0] == str(len(first.messages))


def test_the_newest_come_first_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many of those that match as there are, then what is new; the place before them is confirmed."""
    monkeypatch.setattr(event_cursor, "SCANNED", 2)
    log = log_of(*(alert(number, ticker="AB"[number % 2]) for number in range(6)))
    selection = Selections(log).of("alerts", Wanted(tickers=frozenset({"B"})))
    few, many, none = (Cursor(log, selection, history=count) for count in (2, 50, 0))
    told = next(frames(few))

    assert (told["type"], told["sequence"], told["tickers"]) == ("subscribed", "2-0", ["B"])
    assert ids(few) == ["3", "5"]
    assert ids(many) == ["subscribed", "1", "3", "5"]
    assert ids(none) == ["subscribed"]
    log.append(entries(alert(6), alert(7, ticker="B"), start=5))
    assert ids(few) == ids(many) == ids(none) == ["7"]


def test_what_falls_out_of_the_ring_is_a_gap() -> None:
    """For one who reads too slowly, and for one who comes back from before it."""
    log = log_of(alert(0), capacity=4)
    selection = Selections(log).of("alerts", EVERYTHING)
    slow = Cursor(log, selection)
    slow.take()
    log.append(entries(*(alert(number) for number in range(1, 12)), start=10))
    late = Cursor(log, selection, Place("one", EntryId(1, 0)))
    gap, *rest = frames(slow)

    assert (gap["type"], gap["from"], gap["reason"]) == ("gap", "1-0", "too_slow")
    assert gap["to"] < rest[0]["sequence"]
    assert [frame["event"]["id"] for frame in rest] == [str(number) for number in range(12)][-len(rest) :]
    assert 4 <= len(rest) <= 5
    assert ids(late) == ["subscribed", "expired", *(frame["event"]["id"] for frame in rest)]


def test_one_who_is_ahead_of_this_gateway_waits_for_it() -> None:
    """Another gateway has read further; what it gave does not come again."""
    log = log_of(alert(0))
    cursor = Cursor(log, Selections(log).of("alerts", EVERYTHING), Place("one", EntryId(2, 0)))
    assert ids(cursor) == ["subscribed"]
    log.append(entries(*(alert(number) for number in range(1, 5)), start=2))

    assert ids(cursor) == ["2", "3", "4"]


@pytest.mark.parametrize("place", [Place("one", EntryId(99, 0)), Place("another", EntryId(1, 0))])
def test_a_place_that_nobody_knows_is_a_gap(place: Place) -> None:
    """Once all of Redis has been read since; it goes on with what is new, or the newest where asked."""
    log = log_of(alert(0), alert(1))
    selection = Selections(log).of("alerts", EVERYTHING)
    plain, curious = Cursor(log, selection, place), Cursor(log, selection, place, history=1)
    assert ids(plain) == ids(curious) == ["subscribed"]
    log.reads += PATIENCE
    gap = next(frames(plain))

    assert (gap["from"], gap["to"], gap["epoch"], gap["reason"]) == (str(place.id), "1-1", "one", "unknown_place")
    assert ids(curious) == ["unknown_place", "1"]
    log.append(entries(alert(2), start=7))
    assert ids(plain) == ids(curious) == ["2"]


def test_another_log_is_a_gap_and_what_was_here_comes_once() -> None:
    """Whoever was in the old one gets the rest of it, then the gap, then what is new."""
    log = log_of(alert(0), alert(1))
    selection = Selections(log).of("halts", EVERYTHING)
    behind = Cursor(log, selection, Place("one", EntryId(1, 0)))
    log.begin("two", START)
    log.append(entries(alert(1), alert(2), alert(0), start=50))
    told = list(frames(behind))

    assert [frame.get("reason") or frame["type"] for frame in told] == ["subscribed", "event", "log_replaced", "event"]
    assert (told[2]["from"], told[2]["to"], told[2]["epoch"], told[2]["feed"]) == ("1-1", "0-0", "two", "halts")
    assert [frame["event"]["id"] for frame in (told[1], told[3])] == ["1", "2"]
    assert ids(Cursor(log, selection, Place("two", START))) == ["subscribed", "2"]
    assert ids(Cursor(log, selection, Place("two", EntryId(51, 0)))) == ["subscribed"]


def test_a_log_that_was_never_read_confirms_nothing() -> None:
    """It could not promise that nothing is missed; where there is none, it says so."""
    log = EventLog(10)
    cursor = Cursor(log, Selections(log).of("alerts", EVERYTHING))
    assert ids(cursor) == []
    log.reads = 1
    told = next(frames(cursor))
    log.begin("one", START)
    log.append(entries(alert(0)))

    assert (told["type"], told["epoch"], told["sequence"]) == ("subscribed", "", "0-0")
    assert ids(cursor) == ["0"]
    assert ids(Cursor(log, Selections(log).of("alerts", EVERYTHING), NOWHERE)) == ["subscribed", "0"]


def test_what_cannot_be_understood_is_left_out() -> None:
    """And counted."""
    log = log_of()

    assert log.append([(EntryId(5, 0), b"{"), *entries(alert(1), start=3)]) == 1
    assert log.end == 1
