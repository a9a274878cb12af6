"""The shapes of what clients send, for the written protocol; ``requests`` reads them, and says what is wrong in words.

A test holds the two together.
"""

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api import requests
from api.event_requests import HISTORY, MOST_TICKERS
from api.scans import LIMIT, SORT
from api.topics import RATE
from schemas.boards import BOARD_SIZE

Limit = Annotated[int, Meta(ge=1, le=BOARD_SIZE, description="rows at most")]
Columns = Annotated[list[str], Meta(min_length=1, description="metrics of GET /api/metrics, in the order wanted")]
Rate = Annotated[int, Meta(ge=requests.RATES[0], le=requests.RATES[1], description="changes a second at most")]
Feed = Annotated[str, Meta(description="such as board:gainers, scan:ID, symbol:AAPL")]
Sequence = Annotated[int, Meta(ge=0)]


class ScanSpec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A scan: which tickers, in which order, how many, and what is shown of each."""

    filter: Annotated[str, Meta(description="a condition such as price between 2 and 20 and change_pct > 10")] = ""
    sort: Annotated[str, Meta(description="a metric; with a minus before it, the highest come first")] = SORT
    limit: Limit = LIMIT
    columns: Columns | UnsetType = UNSET


class Auth(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="auth"):
    """Show a key."""

    key: str


class Subscribe(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="subscribe"):
    """Follow a feed, several, or a scan that stands in the message."""

    feed: Feed | list[Feed] | UnsetType = UNSET
    scan: ScanSpec | UnsetType = UNSET
    limit: Limit | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET
    rate: Rate = RATE


class Get(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="get"):
    """Ask for a snapshot of a feed, of several, or of a scan, and no more."""

    feed: Feed | list[Feed] | UnsetType = UNSET
    scan: ScanSpec | UnsetType = UNSET
    limit: Limit | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET


class Resume(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="resume"):
    """Go on with a feed after a new connection, from the last frame of it."""

    feed: Feed | UnsetType = UNSET
    scan: ScanSpec | UnsetType = UNSET
    epoch: str
    sequence: Sequence
    limit: Limit | UnsetType = UNSET
    columns: Columns | UnsetType = UNSET
    rate: Rate = RATE


EventFeed = Annotated[str, Meta(pattern="^(alerts|halts)$")]
Kinds = Annotated[list[str], Meta(description="kinds of GET /api/alert-kinds; none: all of the feed")]
Tickers = Annotated[list[str], Meta(max_length=MOST_TICKERS, description="none: all")]
History = Annotated[int, Meta(ge=0, le=HISTORY, description="so many of the newest are told first")]
EventFilter = Annotated[str, Meta(description="a condition on an event's own numbers, such as price > 5")]


class SubscribeEvents(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="subscribe"):
    """Follow events."""

    feed: EventFeed
    kinds: Kinds | UnsetType = UNSET
    tickers: Tickers | UnsetType = UNSET
    filter: EventFilter = ""
    history: History = 0


class ResumeEvents(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="resume"):
    """Go on with events after the last one that came."""

    feed: EventFeed
    epoch: str
    sequence: Annotated[str, Meta(pattern="^[0-9]+-[0-9]+$")]
    kinds: Kinds | UnsetType = UNSET
    tickers: Tickers | UnsetType = UNSET
    filter: EventFilter = ""
    history: History = 0


class Unsubscribe(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="unsubscribe"):
    """Follow feeds no more."""

    feed: Feed | list[Feed]


class Ping(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="action", tag="ping"):
    """Ask whether anybody is there."""


REQUESTS: Final = (Auth, Get, Subscribe, SubscribeEvents, Resume, ResumeEvents, Unsubscribe, Ping)
"""Every message that a client may send."""
