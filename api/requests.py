"""What a client may ask of ``/ws``, read and checked; nothing here knows who asks."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from api import event_requests
from api.event_filter import FEEDS
from api.event_requests import Listen
from api.refusals import Code, Refusal, column_names, hint, whole_number
from api.scans import Scan, board_scan, scan_of
from api.topics import RATE, TICKER, Point, Topic, board_columns, symbol_columns
from schemas import boards
from schemas.alert_kinds import KIND_NAMES

FIELDS: Final = {
    "subscribe": ("action", "feed", "scan", "limit", "columns", "rate"),
    "resume": ("action", "feed", "scan", "epoch", "sequence", "limit", "columns", "rate"),
    "get": ("action", "feed", "scan", "limit", "columns"),
    "unsubscribe": ("action", "feed"),
    "ping": ("action",),
    "auth": ("action", "key"),
}
"""Every action and the fields it takes."""
KINDS: Final = ("board", "scan", "symbol")
SOURCELESS: Final = ("news", "trades", "bars", "system")
"""Feeds that nothing brings yet."""
RATES: Final = (1, 10)
"""Changes a second: the fewest and the most."""
LARGEST: Final = 2**53
FEEDS_AT_ONCE: Final = 200
"""Feeds in one message."""

TOLD_AT_ONCE: Final = 10
"""Feeds whose snapshots one message may ask for."""

FindScan = Callable[[str], Scan | None]
"""Gives the scan of an id that somebody saved or follows."""


class Ping(NamedTuple):
    """A question whether anybody is there."""


class Subscribe(NamedTuple):
    """What to follow from now on."""

    topics: tuple[Topic, ...]
    scans: tuple[Scan, ...]
    """The scans among them."""
    since: Point | None = None
    """Up to where the client has the feed; ``None`` where it begins anew."""


class Get(NamedTuple):
    """What to tell once, as it is now."""

    topics: tuple[Topic, ...]
    scans: tuple[Scan, ...]


class Unsubscribe(NamedTuple):
    """What to follow no more."""

    feeds: tuple[str, ...]


class Auth(NamedTuple):
    """A key, shown to be let in."""

    key: str


Command = Ping | Subscribe | Listen | Get | Unsubscribe | Auth


def parse(text: str | bytes, find: FindScan) -> Command:
    """Return what the client asks; raise ``Refusal`` if it is not one of the documented messages."""
    message = _object(text)
    action = message.get("action")
    if action is None:
        raise Refusal(Code.MISSING_FIELD, f"the message needs an action: one of {', '.join(FIELDS)}", message)
    if not isinstance(action, str) or action not in FIELDS:
        raise Refusal(Code.UNKNOWN_ACTION, f"unknown action{hint(action, FIELDS)}", action)
    events = event_requests.event_feed(message)
    fields = event_requests.FIELDS[action] if events else FIELDS[action]
    for field in message:
        if field not in fields:
            raise Refusal(Code.UNKNOWN_FIELD, f"{action} takes no such field{hint(field, fields)}", field)
    if events:
        return event_requests.listen(events, message)
    return _READERS[action](message, find)


def board_topic(name: object, message: Mapping[str, Any]) -> Topic:
    """Return the topic of a board; raise ``Refusal`` if there is none of that name or its options cannot be."""
    if not isinstance(name, str) or name not in boards.BY_NAME:
        raise Refusal(Code.UNKNOWN_BOARD, f"unknown board{hint(name, boards.BOARD_NAMES)}", name)
    limit = whole_number("limit", message.get("limit", boards.BOARD_SIZE), 1, boards.BOARD_SIZE)
    return Topic("board", name, limit, _columns(message, board_columns(name)), _rate(message))


def symbol_topic(ticker: object, message: Mapping[str, Any]) -> Topic:
    """Return the topic of a ticker; raise ``Refusal`` if it cannot be one."""
    if not isinstance(ticker, str) or not TICKER.fullmatch(ticker):
        raise Refusal(Code.BAD_SYMBOL, "a symbol is a text of 1 to 12 printable characters without spaces", ticker)
    if "limit" in message:
        raise Refusal(Code.UNKNOWN_FIELD, "only boards and scans take a limit", "limit")
    return Topic("symbol", ticker, 1, _columns(message, symbol_columns()), _rate(message))


def alert_kind(name: str) -> str:
    """Return the name of a kind of alerts; raise ``Refusal`` if there is none of that name."""
    if name not in KIND_NAMES:
        raise Refusal(Code.UNKNOWN_KIND, f"unknown kind of alert{hint(name, KIND_NAMES)}", name)
    return name


def _auth(message: Mapping[str, Any]) -> Auth:
    """Return the key that a message shows; what is no text is not repeated either."""
    key = message.get("key")
    if not isinstance(key, str):
        raise Refusal(Code.MISSING_FIELD, "auth needs a key, which is a text")
    return Auth(key)


def _subscribe(message: Mapping[str, Any], find: FindScan) -> Subscribe:
    """Return what a message asks to follow."""
    if ("feed" in message) == ("scan" in message):
        raise Refusal(Code.MISSING_FIELD, "subscribe needs either a feed or a scan", dict(message))
    if "scan" in message:
        for field in ("limit", "columns"):
            if field in message:
                raise Refusal(Code.UNKNOWN_FIELD, f"the {field} of a scan stands within the scan", field)
        scan = scan_of(message["scan"])
        return Subscribe((scan.topic(_rate(message)),), (scan,))
    scans: list[Scan] = []
    topics = [_topic(feed, message, find, scans) for feed in _feeds(message)]
    return Subscribe(tuple(dict.fromkeys(topics)), tuple(scans))


def _get(message: Mapping[str, Any], find: FindScan) -> Get:
    """Return what a message asks to be told once."""
    asked = _subscribe(message, find)
    if len(asked.topics) > TOLD_AT_ONCE:
        raise Refusal(Code.UNKNOWN_FEED, f"get takes {TOLD_AT_ONCE} feeds at most", message["feed"])
    return Get(asked.topics, asked.scans)


def _resume(message: Mapping[str, Any], find: FindScan) -> Subscribe:
    """Return what a message asks to go on with: one feed, or the scan that it was of."""
    epoch = message.get("epoch")
    if not isinstance(epoch, str) or "sequence" not in message or isinstance(message.get("feed", ""), list):
        what = "resume needs one feed or a scan, and the epoch and sequence of its last frame"
        raise Refusal(Code.MISSING_FIELD, what, dict(message))
    asked = _subscribe(message, find)
    sequence = whole_number("sequence", message["sequence"], 0, LARGEST)
    return asked._replace(since=Point(epoch, sequence))


def _topic(feed: str, message: Mapping[str, Any], find: FindScan, scans: list[Scan]) -> Topic:
    """Return the topic of a feed; the scan that it is joins ``scans``."""
    kind, _, name = feed.partition(":")
    if feed in FEEDS:
        raise Refusal(Code.UNKNOWN_FEED, f"{feed} is asked for by itself, not in a list with others", feed)
    if kind in SOURCELESS:
        raise Refusal(Code.NO_SOURCE, f"nothing brings {kind} yet", feed)
    if kind not in KINDS or not name:
        forms = ", ".join((*(f"{known}:NAME" for known in KINDS), *FEEDS))
        raise Refusal(Code.UNKNOWN_FEED, f"unknown feed; there are {forms}", feed)
    if kind == "board":
        return board_topic(name, message)
    if kind == "symbol":
        return symbol_topic(name, message)
    scan = board_scan(name) if name in boards.BY_NAME else find(name)
    if scan is None:
        raise Refusal(Code.UNKNOWN_SCAN, "there is no scan of that id: save it first, or send the scan itself", feed)
    scans.append(scan)
    topic = scan.topic(_rate(message))
    limit = whole_number("limit", message.get("limit", scan.limit), 1, scan.limit)
    return topic._replace(limit=limit, columns=_columns(message, scan.columns))


def _feeds(message: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the feeds that a message names, each once."""
    given = message.get("feed")
    feeds = [given] if isinstance(given, str) else given
    if not isinstance(feeds, list) or not 1 <= len(feeds) <= FEEDS_AT_ONCE:
        what = f"feed is a text such as board:gainers, or a list of 1 to {FEEDS_AT_ONCE}"
        raise Refusal(Code.MISSING_FIELD if given is None else Code.UNKNOWN_FEED, what, given)
    for feed in feeds:
        if not isinstance(feed, str):
            raise Refusal(Code.UNKNOWN_FEED, "a feed is a text such as board:gainers", feed)
    return tuple(dict.fromkeys(feeds))


def _rate(message: Mapping[str, Any]) -> int:
    return whole_number("rate", message.get("rate", RATE), *RATES)


def _columns(message: Mapping[str, Any], usual: tuple[str, ...]) -> tuple[str, ...]:
    return column_names(message["columns"]) if message.get("columns") is not None else usual


def _object(text: str | bytes) -> Mapping[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise Refusal(Code.BAD_JSON, f"not JSON: {problem}", text) from None
    if not isinstance(message, dict):
        raise Refusal(Code.NOT_AN_OBJECT, "a message is a JSON object", message)
    return message


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], FindScan], Command]]] = {
    "ping": lambda _message, _find: Ping(),
    "auth": lambda message, _find: _auth(message),
    "unsubscribe": lambda message, _find: Unsubscribe(_feeds(message)),
    "get": _get,
    "resume": _resume,
    "subscribe": _subscribe,
}
