"""Whatever the market does, a client of a scan has its rows and knows who met its condition, also after coming back."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.changes import Change, apply
from api.feeds import KEPT, Feed, Frame
from api.scans import scan_of
from api.tables import Row
from api.view import EMPTY
from tests.support.universes import Market, view


class Question(NamedTuple):
    """A scan, and who meets its condition, said in Python."""

    spec: dict[str, Any]
    meets: Callable[[Mapping[str, float | None]], bool]
    key: str
    descending: bool


def above(value: float | None, limit: float) -> bool | None:
    """Return whether a value is above a limit; unknown where it is undefined."""
    return None if value is None else value > limit


def both(one: bool | None, other: bool | None) -> bool:  # noqa: FBT001 (truth values are what it is about)
    """Return whether both are true."""
    return one is True and other is True


COLUMNS_SHOWN: Final = ["price", "float"]
QUESTIONS: Final = (
    Question({"sort": "-price", "limit": 2}, lambda _: True, "price", descending=True),
    Question(
        {"filter": "price > 2", "sort": "price"}, lambda row: above(row["price"], 2) is True, "price", descending=False
    ),
    Question(
        {"filter": "not price > 2 and not float > 1", "sort": "-float", "limit": 3},
        lambda row: both(above(row["price"], 2) is False, above(row["float"], 1) is False),
        "float",
        descending=True,
    ),
)
NUMBERS: Final = st.sampled_from([None, 0.0, 1.0, 2.0, 3.0, 4.0])
MARKETS: Final = st.dictionaries(
    st.sampled_from(list("ABCDEF")), st.fixed_dictionaries({"price": NUMBERS, "float": NUMBERS}), max_size=6
)


def matching(question: Question, market: Market) -> set[str]:
    """Return who meets a question's condition and can be ordered."""
    return {ticker for ticker, row in market.items() if row[question.key] is not None and question.meets(row)}


def expected(question: Question, market: Market) -> list[Row]:
    """Return the rows that a question has, without any of the gateway's code."""
    sign = -1 if question.descending else 1

    def place(ticker: str) -> tuple[float, str]:
        value = market[ticker][question.key]
        assert value is not None
        return sign * value, ticker

    best = sorted(matching(question, market), key=place)[: question.spec.get("limit", 50)]
    return [(ticker, market[ticker]["price"], market[ticker]["float"]) for ticker in best]


class Reader:
    """A client: the rows it has, and who it believes meets the condition."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.epoch = ""
        self.sequence = 0
        self.entered: list[str] = []
        self.left: list[str] = []

    def read(self, frame: Frame | None) -> None:
        """Take in a frame."""
        if frame is None:
            return
        message = json.loads(frame.message.payload)
        if message["type"] == "change":
            assert (message["epoch"], message["sequence"]) == (self.epoch, self.sequence + 1)
            change = Change(message["upserts"], message["removals"], [tuple(move) for move in message["moves"]])
            self.rows = apply(self.rows, change, 3)
            self.entered += [row[0] for row in message.get("entered", [])]
            self.left += [row[0] for row in message.get("left", [])]
        else:
            self.rows = [tuple(row) for row in message["rows"]]
        self.epoch, self.sequence = message["epoch"], message["sequence"]


@given(question=st.sampled_from(QUESTIONS), markets=st.lists(MARKETS, max_size=12), start=MARKETS)
def test_rows_and_membership_are_those_of_the_market(question: Question, markets: list[Market], start: Market) -> None:
    """After each step, for a reader that follows; at the end, for one that was away from some step on."""
    scan = scan_of({**question.spec, "columns": COLUMNS_SHOWN})
    feed = Feed(scan.topic(4), "epoch", view(start), scan)
    reader, away = Reader(), Reader()
    reader.read(feed.frame_after(None))
    away.read(feed.frame_after(None))
    members = matching(question, start)
    for market in markets:
        feed.update(view(market))
        reader.read(feed.frame_after(reader.sequence))
        assert reader.rows == expected(question, market)
        now = matching(question, market)
        assert (sorted(reader.entered), sorted(reader.left)) == (sorted(now - members), sorted(members - now))
        reader.entered, reader.left, members = [], [], now
    for frame in feed.resumed(away.epoch, away.sequence):
        away.read(frame)

    assert (away.rows, away.sequence) == (reader.rows, feed.sequence)
    assert feed.frame_after(away.sequence) is None


@given(steps=st.integers(KEPT - 3, KEPT + 3))
def test_one_who_was_away_for_too_long_gets_a_snapshot(steps: int) -> None:
    """As many changes are kept as are said; before that the whole state comes, which is complete by nature."""
    scan = scan_of({"columns": COLUMNS_SHOWN, "sort": "price"})
    feed = Feed(scan.topic(4), "epoch", EMPTY, scan)
    away = Reader()
    away.read(feed.frame_after(None))
    for step in range(steps):
        feed.update(view({"A": {"price": float(step), "float": None}}))
    frames = feed.resumed(away.epoch, away.sequence)
    for frame in frames:
        away.read(frame)

    assert len(frames) == (steps if steps <= KEPT else 1)
    assert away.rows == [("A", float(steps - 1), None)]


@given(room=st.integers(1, 3000), steps=st.integers(1, 20))
def test_changes_are_kept_as_far_as_there_is_room(room: int, steps: int) -> None:
    """The newest is always there; who is within them goes on, who is before them gets the whole."""
    scan = scan_of({"columns": COLUMNS_SHOWN, "sort": "price"})
    feed = Feed(scan.topic(4), "epoch", EMPTY, scan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.feeds.KEPT_BYTES", room)
        for step in range(steps):
            feed.update(view({"A": {"price": float(step), "float": None}}))
    kept = list(feed._changes)

    assert feed._kept_bytes == sum(len(frame.message.payload) for frame in kept)
    assert feed._kept_bytes <= room or len(kept) == 1
    assert feed.resumed("epoch", feed.sequence - len(kept)) == kept
    assert feed.resumed("epoch", feed.sequence - len(kept) - 1) == [feed.snapshot()]
