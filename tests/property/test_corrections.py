"""Corrections leave no trace of what they replaced."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.records import Aggregate
from tests.property.market_logs import CURVE, FACTS, RULES, assert_row, bars, sums
from tests.unit.market.builders import DAY, MINUTE, SECOND, Columns, clock, known_of_all

LENGTH: Final = 30
"""Minutes that a stream goes on, of one bar each."""


@st.composite
def broadcasts(draw: st.DrawFn) -> list[Aggregate]:
    """Return a bar for some minutes around the open, in the order of arrival, each broadcast up to four times."""
    stream: list[tuple[float, Aggregate]] = []
    for minute in draw(st.lists(st.integers(0, LENGTH), min_size=1, max_size=12, unique=True)):
        start = DAY.open + (minute - 10) * MINUTE
        for delay in [0.0, *draw(st.lists(st.floats(0, 14), max_size=3))]:
            record = draw(bars("A", start))
            stream.append((minute + delay, record))
    stream.sort(key=lambda item: item[0])
    return [record for _, record in stream]


def last_versions(stream: list[Aggregate]) -> list[Aggregate]:
    """Return those of a stream, in its order, that are the last version of their bar."""
    last = {record.start_time: record for record in stream}
    return [record for record in stream if last[record.start_time] is record]


@given(broadcasts(), st.booleans())
def test_only_last_versions_count(stream: list[Aggregate], clocked: bool) -> None:  # noqa: FBT001 - drawn
    """A stream whose corrections come within 15 minutes equals its last versions alone, folded or added up."""
    columns, plain = Columns(), Columns()
    newest = 0
    for record in stream:
        if clocked and record.start_time > newest:
            newest = record.start_time
            columns.fold(clock(newest + SECOND))
        assert columns.fold(record) in (["folded"], ["corrected"])
    last = {record.start_time: record for record in stream}
    plain.fold(*last_versions(stream))

    assert_row(columns.row("A"), sums(last.values(), DAY))
    assert_row(plain.row("A"), sums(last.values(), DAY))


@given(broadcasts(), st.data())
def test_correcting_twice_changes_nothing(stream: list[Aggregate], data: st.DataObject) -> None:
    """A correction that arrives again leaves row and windows as they are, to the bit, and tells nothing."""
    columns = Columns(known_of=known_of_all(CURVE, **FACTS), event_rules=data.draw(RULES))
    columns.fold(*stream)
    again = data.draw(st.sampled_from(list({record.start_time: record for record in stream}.values())))
    columns.fold(again)
    before, metrics, events = columns.row("A"), columns.lines()[1].tobytes(), list(columns.events)

    for _ in range(2):
        assert columns.fold(again) == ["corrected"]
        after = columns.row("A")
        after["offset"] = before["offset"]
        assert after.tobytes() == before.tobytes()
        assert columns.lines()[1].tobytes() == metrics
        assert columns.events == events
