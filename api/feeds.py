"""PURE. A feed: rows that clients follow, as a snapshot and then change by change."""

from collections import deque
from typing import Final

from api import changes, messages
from api.frames import Message
from api.mailbox import Sequenced
from api.scans import Events, Scan, Watch
from api.tables import Table, empty
from api.topics import Topic
from api.view import Moment, View
from schemas import boards

KEPT: Final = 64
"""Changes kept for clients that come back, at most."""
KEPT_BYTES: Final = 1 << 20
"""Of text in them, but for the newest."""


Frame = Sequenced[Message]
"""A message ready to send, and the state in which it leaves a client."""


def table_of(view: View, topic: Topic, scan: Scan | None = None) -> Table:
    """Return the feed's rows in ``view``: a symbol without a row today has none."""
    if scan is not None:
        return scan.table(view.universe, topic.columns).first(topic.limit)
    if topic.kind == "symbol":
        known = (topic.name,) if topic.name in view.universe else ()
        return Table(known, view.universe.cells(known, topic.columns)) if known else empty(topic.columns)
    return board_table(view, topic)


def board_table(view: View, topic: Topic) -> Table:
    """Join a board's ranked values, which are newer, with the other metrics of its tickers."""
    ranked = view.board(topic.name)
    tickers = tuple(ranked.names[: topic.limit].astype(str).tolist())
    values = view.universe.cells(tickers, topic.columns)
    by = boards.BY_NAME[topic.name].metric
    if by in topic.columns:
        values[:, topic.columns.index(by)] = ranked.values[: topic.limit]
    return Table(tickers, values)


class Feed:
    """The newest state of one topic; each frame is encoded once, however many clients get it."""

    def __init__(self, topic: Topic, epoch: str, view: View, scan: Scan | None = None) -> None:
        """Start at ``view``; no other feed has had this ``epoch``, so that nobody goes on here from elsewhere."""
        self.topic = topic
        self.due = 0.0
        """When it may change next, on the clock of whoever calls ``update``."""
        self.confirmation = messages.subscribed(topic)
        """The answer to whoever subscribes."""
        self._epoch = epoch
        self._sequence = 1
        self._view = view
        self._scan = scan
        self._watch = Watch(scan, view.universe) if scan else None
        self._table = table_of(view, topic, scan).rounded()
        self._changes: deque[Frame] = deque()
        self._kept_bytes = 0
        self._snapshot: Frame | None = None

    def update(self, view: View) -> Frame | None:
        """Move on to ``view``; return the change that clients get, ``None`` if there is none."""
        if view is self._view:
            return None
        table, events = self._read(view)
        period = _period(view) != _period(self._view)
        before, self._view = self._view.moment, view
        if table.equals(self._table) and not events and not period:
            return None
        change = changes.diff(self._table, table) or changes.NOTHING
        self._table = table
        self._sequence += 1
        self._snapshot = None
        self._keep(Frame(self._sequence, self._encode(before, change, events)))
        return self._changes[-1]

    def _keep(self, frame: Frame) -> None:
        """Keep a change, and as many of those before it as there is room for."""
        self._changes.append(frame)
        self._kept_bytes += len(frame.message.payload)
        while len(self._changes) > KEPT or (self._kept_bytes > KEPT_BYTES and len(self._changes) > 1):
            self._kept_bytes -= len(self._changes.popleft().message.payload)

    def _read(self, view: View) -> tuple[Table, Events | None]:
        """Return what the feed's rows are in a view, and what has happened to a scan since the one before."""
        if self._watch is None:
            return table_of(view, self.topic).rounded(), None
        if view.universe is self._view.universe:
            return self._table, None
        return table_of(view, self.topic, self._scan).rounded(), self._watch.events(view.universe)

    def frame_after(self, sequence: int | None) -> Frame | None:
        """Return what brings a client at ``sequence`` (``None``: new) to the newest state, ``None`` if it is there.

        One change where that is enough, else a snapshot: a client that is behind gets the newest state, no queue.
        """
        if sequence == self._sequence:
            return None
        if self._changes and sequence == self._sequence - 1:
            return self._changes[-1]
        return self.snapshot()

    def resumed(self, epoch: str, sequence: int) -> list[Frame]:
        """Return what a client that comes back has missed: change by change as far as they are kept."""
        first = self._changes[0].sequence if self._changes else self._sequence + 1
        if epoch != self._epoch or not first - 1 <= sequence <= self._sequence:
            return [self.snapshot()]
        return [change for change in self._changes if change.sequence > sequence]

    @property
    def sequence(self) -> int:
        """The number of its newest state."""
        return self._sequence

    def snapshot(self) -> Frame:
        """Return the whole newest state."""
        if self._snapshot is None:
            about = messages.About(self.topic, self._epoch, self._sequence)
            self._snapshot = Frame(self._sequence, messages.snapshot(about, self._view.moment, self._table.rows()))
        return self._snapshot

    def _encode(self, before: Moment | None, change: changes.Change, events: Events | None) -> Message:
        about = messages.About(self.topic, self._epoch, self._sequence)
        return messages.change(about, self._view.moment, before, change, events)


def _period(view: View) -> tuple[str, str] | None:
    """Return what a client must hear of even when no row changed."""
    return (view.moment.trading_date, view.moment.session) if view.moment else None
