"""PURE. The newest events, as one gateway has read them: each once, in the order of the log, at a position of its own.

A *position* counts what this gateway has read. What clients know is a *place*: the epoch of the log and the id of an
entry, the same at every gateway. When the log is lost and begun anew, positions go on: the events read before stay,
then comes a gap, and what workers put back afterwards and is here already does not come a second time.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import numpy as np

from api import event_messages
from api.event_filter import GAP, ROW, Rows, facts_of
from api.frames import Message
from schemas.event_log import ENTRIES, START, EntryId
from schemas.records import Alert

FRAMES: Final = 8192
"""Encoded frames kept for other clients."""

_decode: Final = msgspec.json.Decoder(Alert).decode


class Place(NamedTuple):
    """Up to where something is known, on every gateway alike."""

    epoch: str
    id: EntryId


NOWHERE: Final = Place("", START)
"""Where clients are as long as no log has been found: before the first one."""


class Gap(NamedTuple):
    """Between two places events may be missing; it ends at ``until``, from which one goes on."""

    since: EntryId
    until: EntryId
    reason: str


class Found(NamedTuple):
    """Where a client goes on."""

    position: int
    place: Place
    """Up to where it is then."""
    lost: bool
    """Whether events between may be missing."""


class Span(NamedTuple):
    """Positions that belong to one log: from ``start`` on; everything of it after ``floor`` is here."""

    epoch: str
    start: int
    floor: EntryId


class EventLog:
    """The ring of events; ``first`` and ``end`` are its bounds, which only grow."""

    def __init__(self, capacity: int = ENTRIES) -> None:
        """Keep at least ``capacity`` events once there have been so many."""
        self.first = 0
        self.reads = 0
        """How often everything in Redis has been read; nothing is known before the first time."""
        self._capacity = capacity
        self._slack = max(1, capacity // 8)
        self._rows: Rows = np.zeros(capacity + self._slack, ROW)
        self._items: list[bytes | Gap] = []
        self._spans: list[Span] = []
        self._read = START
        """The newest entry of the log that has been read, whether it is an event or not."""
        self._known: frozenset[bytes] = frozenset()
        """Events of a log before this one, which do not come again."""
        self._frame = lru_cache(maxsize=FRAMES)(self._encode)

    @property
    def end(self) -> int:
        """The position after the newest event."""
        return self.first + len(self._items)

    @property
    def epoch(self) -> str | None:
        """The log that is read; ``None`` as long as none has been found."""
        return self._spans[-1].epoch if self._spans else None

    @property
    def newest(self) -> EntryId:
        """The id of the newest event."""
        return self.place_before(self.end).id

    def begin(self, epoch: str, floor: EntryId) -> None:
        """Go on with another log, of which everything after ``floor`` is going to be read."""
        self._read = floor
        if self._spans:
            self._known = frozenset(item for item in self._items if isinstance(item, bytes))
            gap = Gap(self.newest, floor, "log_replaced")
            self._make_room(1)
            self._spans.append(Span(epoch, self.end, floor))
            self._put_gap(gap)
        else:
            self._spans.append(Span(epoch, self.end, floor))

    def skip(self, until: EntryId) -> None:
        """Note that entries up to ``until`` were dropped before they could be read."""
        self._make_room(1)
        self._put_gap(Gap(self.newest, until, "expired"))
        self._read = until

    def append(self, entries: Sequence[tuple[EntryId, bytes]]) -> int:
        """Add entries of the log in their order; return how many could not be understood and were left out."""
        unreadable = 0
        for start in range(0, len(entries), self._slack):
            rows, items = [], []
            for place, packed in entries[start : start + self._slack]:
                if packed in self._known:
                    continue
                try:
                    facts = facts_of(_decode(packed))
                except msgspec.MsgspecError:
                    unreadable += 1
                    continue
                rows.append((*place, *facts))
                items.append(packed)
            self._make_room(len(items))
            self._rows[len(self._items) : len(self._items) + len(items)] = np.array(rows, ROW)
            self._items += items
        self._read = entries[-1][0] if entries else self._read
        return unreadable

    def rows(self, start: int, stop: int) -> Rows:
        """Return what is known of the events from one position to before another."""
        return self._rows[start - self.first : stop - self.first]

    def message(self, feed: str, position: int) -> Message:
        """Return the frame of a position, the same one for all who follow the feed."""
        return self._frame(feed, position)

    def place_before(self, position: int) -> Place:
        """Return up to where a client is that goes on at a position."""
        before = [span for span in self._spans if span.start < position]
        if not before:
            return self._floor
        return Place(before[-1].epoch, self._id(position - 1)) if position > self.first else self._floor

    def find(self, place: Place) -> Found | None:
        """Return where a client goes on that is at ``place``; ``None`` if this gateway has not read of it (yet)."""
        if place == NOWHERE:
            return Found(self.first, self._floor, lost=self._floor.id > START)
        for number, span in enumerate(self._spans):
            if span.epoch != place.epoch:
                continue
            current = span is self._spans[-1]
            if current and place.id > self._read:
                return None
            stop = self.end if current else self._spans[number + 1].start
            known = max(place.id, span.floor)
            position = self._position_after(known, span.start, stop)
            return Found(position, Place(span.epoch, known), lost=place.id < span.floor)
        return None

    @property
    def _floor(self) -> Place:
        """The place before everything held."""
        return Place(self._spans[0].epoch, self._spans[0].floor) if self._spans else NOWHERE

    def _id(self, position: int) -> EntryId:
        row = self._rows[position - self.first]
        return EntryId(int(row["time"]), int(row["number"]))

    def _position_after(self, known: EntryId, start: int, stop: int) -> int:
        """Return the first position from ``start`` on whose id is beyond ``known``."""
        rows = self.rows(start, stop)
        low = int(np.searchsorted(rows["time"], known.time, "left"))
        high = int(np.searchsorted(rows["time"], known.time, "right"))
        return start + low + int(np.searchsorted(rows["number"][low:high], np.uint64(known.number), "right"))

    def _put_gap(self, gap: Gap) -> None:
        self._rows[len(self._items)] = (*gap.until, GAP, b"", (np.nan,) * ROW["values"].shape[0])
        self._items.append(gap)

    def _make_room(self, count: int) -> None:
        """Drop the oldest so that ``count`` more have room."""
        used = len(self._items)
        if used + count <= len(self._rows):
            return
        dropped = used + count - self._capacity
        floor = self._id(self.first + dropped - 1)
        self._rows[: used - dropped] = self._rows[dropped:used]
        del self._items[:dropped]
        self.first += dropped
        last = max(number for number, span in enumerate(self._spans) if span.start < self.first)
        self._spans = [Span(self._spans[last].epoch, self.first, floor), *self._spans[last + 1 :]]
        if len(self._spans) == 1:
            self._known = frozenset()

    def _encode(self, feed: str, position: int) -> Message:
        item = self._items[position - self.first]
        place = self.place_before(position + 1)
        if isinstance(item, Gap):
            return event_messages.gap(feed, item.since, place, item.reason)
        event_time = int(self._rows[position - self.first]["values"][-1])
        return event_messages.event(feed, place, event_time, item)
