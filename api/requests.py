"""What a client may ask of ``/ws``, read and checked; nothing here knows who asks."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from api.refusals import Code, Refusal, column_names, hint, whole_number
from api.scans import Scan, board_scan, scan_of
from api.topics import RATE, Point, Topic, board_columns, symbol_columns
from schemas import boards
from schemas.alert_kinds import KIND_NAMES

TICKER: Final = re.compile(r"[\x21-\x7e]{1,12}")
FIELDS: Final = {
    "subscribe": ("action", "feed", "scan", "limit", "columns", "rate"),
    "resume": ("action", "feed", "epoch", "sequence", "limit", "columns", "rate"),
    "unsubscribe": ("action", "feed"),
    "ping": ("action",),
}
"""Every action and the fields it takes."""
KINDS: Final = ("board", "scan", "symbol")
SOURCELESS: Final = ("news", "trades", "bars")
"""Feeds that nothing brings yet."""
RATES: Final = (1, 10)
"""Changes a second: the fewest and the most."""
LARGEST: Final = 2**53
FEEDS_AT_ONCE: Final = 200
"""Feeds in one message."""

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


class Unsubscribe(NamedTuple):
    """What to follow no more."""

    feeds: tuple[str, ...]


Command = Ping | Subscribe | Unsubscribe


def parse(text: str | bytes, find: FindScan) -> Command:
    """Return what the client asks; raise ``Refusal`` if it is not one of the documented messages."""
    message = _object(text)
    action = message.get("action")
    if action is None:
        raise Refusal(Code.MISSING_FIELD, f"the message needs an action: one of {', '.join(FIELDS)}", message)
    if not isinstance(action, str) or action not in FIELDS:
        raise Refusal(Code.UNKNOWN_ACTION, f"unknown action{hint(action, FIELDS)}", action)
    for field in message:
        if field not in FIELDS[action]:
            raise Refusal(Code.UNKNOWN_FIELD, f"{action} takes no such field{hint(field, FIELDS[action])}", field)
    match action:
        case "ping":
            return Ping()
        case "unsubscribe":
            return Unsubscribe(_feeds(message))
        case "resume":
            return _resume(message, find)
    return _subscribe(message, find)


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


def _resume(message: Mapping[str, Any], find: FindScan) -> Subscribe:
    """Return what a message asks to go on with."""
    feed, epoch = message.get("feed"), message.get("epoch")
    if not isinstance(feed, str) or not isinstance(epoch, str) or "sequence" not in message:
        what = "resume needs a feed, and the epoch and sequence of the last frame of it"
        raise Refusal(Code.MISSING_FIELD, what, dict(message))
    scans: list[Scan] = []
    topic = _topic(feed, message, find, scans)
    sequence = whole_number("sequence", message["sequence"], 0, LARGEST)
    return Subscribe((topic,), tuple(scans), Point(epoch, sequence))


def _topic(feed: str, message: Mapping[str, Any], find: FindScan, scans: list[Scan]) -> Topic:
    """Return the topic of a feed; the scan that it is joins ``scans``."""
    kind, _, name = feed.partition(":")
    if kind in SOURCELESS:
        raise Refusal(Code.NO_SOURCE, f"nothing brings {kind} yet", feed)
    if kind not in KINDS or not name:
        forms = ", ".join(f"{known}:NAME" for known in KINDS)
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
