"""The messages of ``/ws`` to a client: every frame it may get, as JSON text."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from api import changes
from api.frames import Message
from api.refusals import Refusal
from api.scans import Events
from api.status import Status
from api.tables import Cell, Row
from api.topics import Topic
from api.view import Moment

NEW_YORK: Final = ZoneInfo("America/New_York")

encode: Final = msgspec.json.Encoder().encode


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of every message to a client; ``type`` says which."""


class Subscribed(Frame, frozen=True, kw_only=True, tag="subscribed"):
    """A subscription stands; its snapshot follows."""

    feed: str
    limit: int
    columns: Sequence[str]
    rate: int


class Unsubscribed(Frame, frozen=True, kw_only=True, tag="unsubscribed"):
    """Nothing more of this feed will come."""

    feed: str


class Pong(Frame, frozen=True, kw_only=True, tag="pong"):
    """The answer to a ping; the time is the gateway's wall clock, ms since the epoch."""

    server_time: int


class Authenticated(Frame, frozen=True, kw_only=True, tag="authenticated"):
    """The key that was shown is valid; ``key`` is its id, not its text."""

    key: str
    name: str
    scopes: Sequence[str]


class Slow(Frame, frozen=True, kw_only=True, tag="slow"):
    """The client took nothing for so long (ms) and has missed states between; if it stays so, it is let go."""

    behind_ms: int


class Reconnect(Frame, frozen=True, kw_only=True, tag="reconnect"):
    """The gateway ends; come back after so long (ms), here or to another one, and go on where you are."""

    after_ms: int


class ErrorFrame(Frame, frozen=True, kw_only=True, tag="error"):
    """The message was refused; the socket and all subscriptions stay as they were."""

    code: str
    message: str
    value: Any
    position: int | None
    """The character at fault in a text, from 0, where it is known."""


class Data(Frame, frozen=True, kw_only=True):
    """What snapshot and change have in common. Times are ms since the epoch; all are null before any data."""

    feed: str
    epoch: str
    sequence: int
    event_time: int | None
    published_time: int | None


class Snapshot(Data, frozen=True, kw_only=True, tag="snapshot"):
    """The whole state of a feed: replaces all the client had of it."""

    trading_date: str | None
    session: str | None
    as_of: str | None
    limit: int
    columns: Sequence[str]
    rows: Sequence[Row]


class ChangeFrame(Data, frozen=True, kw_only=True, tag="change", omit_defaults=True):
    """From ``sequence`` - 1 to ``sequence``; see ``changes.Change``."""

    trading_date: str | UnsetType | None = UNSET
    """Left out, as is ``session``, where it is that of the frame before."""
    session: str | UnsetType | None = UNSET
    upserts: list[list[Cell]]
    removals: list[str]
    moves: list[tuple[int, str]]
    entered: Sequence[Row] = ()
    """Of a scan: tickers that have come to meet its condition, also beyond its limit, as rows of that moment."""
    left: Sequence[Row] = ()
    """Of a scan: tickers that do not meet its condition any more."""


class Heartbeat(Frame, frozen=True, kw_only=True, tag="heartbeat"):
    """How old the data is, said every second also when nothing changes."""

    server_time: int
    event_time: int | None
    published_time: int | None
    age_ms: int | None
    stale: bool
    reason: str | None
    detail: str | None
    trading_date: str | None
    session: str | None
    partitions: int
    partitions_present: int


class About(NamedTuple):
    """Which state of which feed a frame leads to."""

    topic: Topic
    epoch: str
    sequence: int


def subscribed(topic: Topic) -> Message:
    """Confirm a subscription."""
    return _encode(Subscribed(feed=topic.feed, limit=topic.limit, columns=("ticker", *topic.columns), rate=topic.rate))


def unsubscribed(feed: str) -> Message:
    """Confirm its end."""
    return _encode(Unsubscribed(feed=feed))


def pong(now: int) -> Message:
    """Answer a ping."""
    return _encode(Pong(server_time=now))


def authenticated(key_id: str, name: str, scopes: Sequence[str]) -> Message:
    """Confirm a key, and say what it is for."""
    return _encode(Authenticated(key=key_id, name=name, scopes=scopes))


def error(refusal: Refusal) -> Message:
    """Say why a message was refused."""
    return _encode(
        ErrorFrame(code=refusal.code, message=refusal.message, value=refusal.value, position=refusal.position)
    )


def slow(behind_ms: int) -> Message:
    """Tell a client that it reads too slowly."""
    return _encode(Slow(behind_ms=behind_ms))


def reconnect(after_ms: int) -> Message:
    """Send a client away, to come back."""
    return _encode(Reconnect(after_ms=after_ms))


def snapshot(about: About, at: Moment | None, rows: Sequence[Row]) -> Message:
    """Give the whole state of a feed; ``columns`` name what follows the ticker in a row."""
    return _encode(
        Snapshot(
            feed=about.topic.feed,
            epoch=about.epoch,
            sequence=about.sequence,
            limit=about.topic.limit,
            as_of=new_york(at.event_time) if at else None,
            columns=("ticker", *about.topic.columns),
            rows=rows,
            **_times(at),
        )
    )


def change(
    about: About, at: Moment | None, before: Moment | None, change: changes.Change, events: Events | None
) -> Message:
    """Give what changed since the frame before, which was of the moment ``before``."""
    now, then = _times(at), _times(before)
    period = {name: now.pop(name) for name in ("trading_date", "session")}
    return _encode(
        ChangeFrame(
            feed=about.topic.feed,
            epoch=about.epoch,
            sequence=about.sequence,
            **now,
            **{name: value for name, value in period.items() if value != then[name]},
            **change._asdict(),
            entered=events.entered.rounded().rows() if events else (),
            left=events.left.rounded().rows() if events else (),
        )
    )


def heartbeat(status: Status, now: int) -> Message:
    """Say how old the data is."""
    return _encode(
        Heartbeat(
            server_time=now,
            age_ms=status.age_ms,
            stale=status.stale,
            reason=status.reason,
            detail=status.detail,
            partitions=status.moment.partitions if status.moment else 0,
            partitions_present=status.moment.present if status.moment else 0,
            **_times(status.moment),
        )
    )


def new_york(milliseconds: int) -> str:
    """Return the instant as ISO 8601 with New York's offset."""
    instant = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return instant.astimezone(NEW_YORK).isoformat(timespec="milliseconds")


def _times(at: Moment | None) -> dict[str, Any]:
    return {
        "event_time": at.event_time if at else None,
        "published_time": at.published_time if at else None,
        "trading_date": at.trading_date if at else None,
        "session": at.session if at else None,
    }


def _encode(frame: Frame) -> Message:
    return Message(encode(frame))
