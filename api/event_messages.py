"""The messages of ``/ws`` about feeds of events, as JSON text.

Each names a place: ``epoch`` and ``sequence``, or ``epoch`` and ``to``. The newest one that a client has got is where
it resumes, at any gateway.
"""

from collections.abc import Sequence

import msgspec

from api.event_filter import FEEDS, Wanted
from api.frames import Message
from api.messages import Frame, encode
from schemas.event_log import EntryId


class EventsSubscribed(Frame, frozen=True, kw_only=True, tag="subscribed"):
    """A subscription stands; events after its place follow.

    It comes once the gateway knows the place: while it cannot read Redis it cannot promise that nothing is missed.
    """

    feed: str
    epoch: str
    """Empty where there has never been an event; one may resume from there all the same."""
    sequence: str
    kinds: Sequence[str]
    tickers: Sequence[str]
    """None: of every ticker."""
    filter: str
    """In its normal form; empty: none."""


class EventFrame(Frame, frozen=True, kw_only=True, tag="event"):
    """Something happened. Times are ms since the epoch."""

    feed: str
    epoch: str
    sequence: str
    event_time: int
    published_time: int
    """When it came into the log, by the clock of Redis."""
    event: msgspec.Raw
    """The alert, ``records.Alert``."""


class GapFrame(Frame, frozen=True, kw_only=True, tag="gap", rename={"since": "from", "until": "to"}):
    """Events after ``from`` up to ``to`` may be missing; those after ``to`` follow. ``epoch`` is that of ``to``."""

    feed: str
    epoch: str
    since: str
    """In the log that the client knew."""
    until: str
    reason: str
    """``expired``, ``too_slow``, ``log_replaced`` or ``unknown_place``."""


def subscribed(feed: str, wanted: Wanted, place: tuple[str, EntryId]) -> Message:
    """Confirm a subscription that begins after a place."""
    epoch, entry = place
    frame = EventsSubscribed(
        feed=feed,
        epoch=epoch,
        sequence=str(entry),
        kinds=[kind for kind in FEEDS[feed] if kind in wanted.kinds or not wanted.kinds],
        tickers=sorted(wanted.tickers),
        filter=wanted.filter,
    )
    return Message(encode(frame))


def event(feed: str, place: tuple[str, EntryId], event_time: int, packed: bytes) -> Message:
    """Give an event; ``packed`` is the alert as JSON."""
    epoch, entry = place
    frame = EventFrame(
        feed=feed,
        epoch=epoch,
        sequence=str(entry),
        event_time=event_time,
        published_time=entry.time,
        event=msgspec.Raw(packed),
    )
    return Message(encode(frame))


def gap(feed: str, since: EntryId, until: tuple[str, EntryId], reason: str) -> Message:
    """Say that events may be missing between two places."""
    epoch, entry = until
    frame = GapFrame(feed=feed, epoch=epoch, since=str(since), until=str(entry), reason=reason)
    return Message(encode(frame))
