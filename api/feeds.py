"""PURE. A feed: rows that clients follow, as a snapshot and then change by change."""

from typing import NamedTuple

from api import changes, messages
from api.topics import Topic
from api.view import View, defined
from schemas import metrics


class Frame(NamedTuple):
    """A message ready to send, and the state in which it leaves a client."""

    sequence: int
    text: str


def rows_of(view: View, topic: Topic) -> list[changes.Row]:
    """Return the feed's rows in ``view``: a symbol without a row today has none."""
    if topic.kind == "symbol":
        row = view.symbol(topic.name)
        return [(topic.name, *row.values())] if row is not None else []
    return board_rows(view, topic)


def board_rows(view: View, topic: Topic) -> list[changes.Row]:
    """Join a board's ranked values with the other metrics of its tickers."""
    entries = view.board(topic.name)[: topic.limit]
    others = [metrics.COLUMNS.index(name) for name in topic.columns[1:]]
    joined = view.universe.cells((entry.ticker for entry in entries), others)
    return [(entry.ticker, defined(entry.value), *cells) for entry, cells in zip(entries, joined, strict=True)]


class Feed:
    """The newest state of one topic; each frame is encoded once, however many clients get it."""

    def __init__(self, topic: Topic, epoch: str, sequence: int, view: View) -> None:
        """Start at ``view`` with ``sequence``, which must not be below that of an earlier feed of this topic."""
        self.topic = topic
        self._epoch = epoch
        self._columns = topic.columns
        self._sequence = sequence
        self._view = view
        self._rows = rows_of(view, topic)
        self._change: Frame | None = None
        self._snapshot: Frame | None = None

    def update(self, view: View) -> bool:
        """Move on to ``view``; tell whether clients have something to get."""
        rows = rows_of(view, self.topic)
        change = changes.diff(self._rows, rows)
        moved_on = change is None and _period(view) != _period(self._view)
        self._view, self._rows = view, rows
        if change is None and not moved_on:
            return False
        self._sequence += 1
        self._snapshot = None
        self._change = self._encode_change(change or changes.Change([], [], []))
        return True

    def frame_after(self, sequence: int | None) -> Frame | None:
        """Return what brings a client at ``sequence`` (``None``: new) to the newest state, ``None`` if it is there."""
        if sequence == self._sequence:
            return None
        if self._change is not None and sequence == self._sequence - 1:
            return self._change
        if self._snapshot is None:
            self._snapshot = self._encode_snapshot()
        return self._snapshot

    def _encode_change(self, change: changes.Change) -> Frame:
        frame = messages.change(self.topic.feed, self._epoch, self._sequence, self._view.moment, change)
        return Frame(self._sequence, frame)

    def _encode_snapshot(self) -> Frame:
        about = messages.About(self.topic.feed, self._epoch, self._sequence, self.topic.limit)
        return Frame(self._sequence, messages.snapshot(about, self._view.moment, self._columns, self._rows))


def _period(view: View) -> tuple[str, str] | None:
    """Return what a client must hear of even when no row changed."""
    return (view.moment.trading_date, view.moment.session) if view.moment else None
