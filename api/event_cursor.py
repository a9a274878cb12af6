"""PURE. How far one client has come in a feed of events: nothing is queued for it, it reads at its own pace."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from weakref import WeakValueDictionary

import numpy as np

from api import event_messages
from api.event_filter import GAP, Wanted
from api.event_log import NOWHERE, EventLog, Place
from api.frames import Bundle, Message

BATCH_BYTES: Final = 32 * 1024
"""Events handed out at once; the last of them may go beyond it."""
SCANNED: Final = 4096
"""Events looked at at once."""
BATCHES: Final = 64
"""Batches kept for other clients that have come as far."""
PATIENCE: Final = 2
"""Readings of Redis until a place that another gateway gave must be known here, if it is one: the first of them may
have begun before it was given."""


class Batch(NamedTuple):
    """What a client gets next."""

    bundle: Bundle
    size: int
    """Bytes of text."""
    stop: int
    """The position at which it then is."""
    place: Place

    @property
    def messages(self) -> Sequence[Message]:
        """The frames."""
        return self.bundle.messages


EMPTY: Final = Batch(Bundle(()), 0, 0, NOWHERE)


class Selection:
    """The events of a feed that are asked for; all clients that ask for the same share it, and its batches."""

    def __init__(self, log: EventLog, feed: str, wanted: Wanted) -> None:
        """Choose from a log."""
        self.feed = feed
        self.wanted = wanted
        self._log = log
        self._end = -1
        self._batches: dict[int, Batch] = {}
        self._newest: dict[int, int] = {}

    def batch(self, position: int) -> Batch:
        """Return what comes next for whoever is at a position, up to a bound in size and in events looked at."""
        kept = self._shared()
        if (batch := kept.get(position)) is None:
            if len(kept) >= BATCHES:
                kept.clear()
            batch = kept[position] = self._collect(position)
        return batch

    def newest(self, count: int) -> int:
        """Return the position from which on there are ``count`` events, or all there are."""
        self._shared()
        if count not in self._newest:
            self._newest[count] = self._look_back(count)
        return self._newest[count]

    def _look_back(self, missing: int) -> int:
        """Return the position of the event so many from the end; the first one's where there are not as many."""
        position = stop = self._log.end
        while missing and stop > self._log.first:
            start = max(self._log.first, stop - SCANNED)
            rows = self._log.rows(start, stop)
            found = np.flatnonzero(self.wanted.matches(rows) & (rows["kind"] != GAP))[-missing:]
            if len(found):
                position = start + int(found[0])
            missing -= len(found)
            stop = start
        return position

    def _shared(self) -> dict[int, Batch]:
        """Return the batches, without those from before the newest event."""
        if self._end != self._log.end:
            self._end = self._log.end
            self._batches.clear()
            self._newest.clear()
        return self._batches

    def _collect(self, position: int) -> Batch:
        stop = min(self._log.end, position + SCANNED)
        found: list[Message] = []
        size = 0
        for place in np.flatnonzero(self.wanted.matches(self._log.rows(position, stop))).tolist():
            found.append(self._log.message(self.feed, position + place))
            size += len(found[-1].payload)
            if size >= BATCH_BYTES:
                stop = position + place + 1
                break
        return Batch(Bundle(found), size, stop, self._log.place_before(stop))


class Selections:
    """Every selection of a log that somebody follows."""

    def __init__(self, log: EventLog) -> None:
        """Choose from a log."""
        self._log = log
        self._followed: WeakValueDictionary[tuple[str, Wanted], Selection] = WeakValueDictionary()
        self._seen = (0, 0)

    def has_news(self) -> bool:
        """Tell whether anything has been read since the last call: clients may have something to take."""
        before, self._seen = self._seen, (self._log.reads, self._log.end)
        return before != self._seen

    def cursor(self, feed: str, wanted: Wanted, history: int = 0, since: Place | None = None) -> "Cursor":
        """Return where a client begins that asks for this."""
        return Cursor(self._log, self.of(feed, wanted), since, history)

    def of(self, feed: str, wanted: Wanted) -> Selection:
        """Return the one selection of a feed that asks for this."""
        selection = self._followed.get((feed, wanted))
        if selection is None:
            selection = self._followed[feed, wanted] = Selection(self._log, feed, wanted)
        return selection


class Cursor:
    """One client's place in a selection. The confirmation comes from it too, as soon as it is known where it begins."""

    def __init__(self, log: EventLog, selection: Selection, since: Place | None = None, history: int = 0) -> None:
        """Begin with the ``history`` newest events, or after ``since`` where the log has it."""
        self.selection = selection
        self.place = since or NOWHERE
        """Up to where the client is."""
        self._log = log
        self._history = history
        self._position: int | None = None
        """``None`` as long as it is not known where the client goes on."""
        self._resumes = since is not None
        self._due = log.reads + PATIENCE if since else 1
        self._told: list[Message] = []
        if since:
            self._confirm()

    @property
    def feed(self) -> str:
        """The name on the wire."""
        return self.selection.feed

    def take(self) -> Batch:
        """Return what comes next, none where the client has everything there is."""
        if self._position is None:
            self._settle()
        elif self._position < self._log.first:
            before, self._position = self.place, self._log.first
            self.place = self._log.place_before(self._position)
            self._tell_gap(before, "too_slow")
        if self._told:
            told, self._told = self._told, []
            return Batch(Bundle(told), sum(len(message.payload) for message in told), 0, NOWHERE)
        while self._position is not None and self._position < self._log.end:
            batch = self.selection.batch(self._position)
            self._position, self.place = batch.stop, batch.place
            if batch.messages:
                return batch
        return EMPTY

    def _settle(self) -> None:
        """Find out where the client goes on, if that can be known by now."""
        before = self.place
        found = self._log.find(before) if self._resumes and self._log.reads else None
        if found is not None:
            self._position, self.place = found.position, found.place
            if found.lost:
                self._tell_gap(before, "expired")
        elif self._log.reads >= self._due:
            self._position = self.selection.newest(self._history)
            self.place = self._log.place_before(self._position)
            if self._resumes:
                self._tell_gap(before, "unknown_place")
            else:
                self._confirm()

    def _tell_gap(self, before: Place, reason: str) -> None:
        self._told.append(event_messages.gap(self.feed, before.id, self.place, reason))

    def _confirm(self) -> None:
        self._told.append(event_messages.subscribed(self.feed, self.selection.wanted, self.place))
