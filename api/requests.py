"""What a client may ask, of ``/ws`` and of REST, and how it is told that it asked wrongly."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum, auto
from typing import Any, Final, NamedTuple

import msgspec

from api.topics import Topic
from schemas import boards
from schemas.alert_kinds import KIND_NAMES

TICKER: Final = re.compile(r"[\x21-\x7e]{1,12}")
FIELDS: Final = {
    "subscribe": ("action", "board", "limit", "symbol"),
    "unsubscribe": ("action", "board", "symbol"),
    "ping": ("action",),
}
"""Every action and the fields it takes."""
ECHOED: Final = 100
"""Characters of an offending value that an error gives back."""


class Code(StrEnum):
    """Why something was refused."""

    BAD_JSON = auto()
    NOT_AN_OBJECT = auto()
    MISSING_FIELD = auto()
    UNKNOWN_FIELD = auto()
    UNKNOWN_ACTION = auto()
    UNKNOWN_BOARD = auto()
    UNKNOWN_SYMBOL = auto()
    UNKNOWN_KIND = auto()
    BAD_LIMIT = auto()
    BAD_SYMBOL = auto()
    NOT_SUBSCRIBED = auto()
    TOO_MANY_SUBSCRIPTIONS = auto()


class Refusal(Exception):  # noqa: N818 (an answer to a client, not a failure)
    """What cannot be served: ``code`` for programs, ``message`` for people, the ``value`` at fault."""

    def __init__(self, code: Code, message: str, value: object = None) -> None:
        """Keep the three."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.value = _echo(value)


class Command(NamedTuple):
    """A valid message of a client; ``topic`` is ``None`` for a ping."""

    action: str
    topic: Topic | None


def parse(text: str | bytes) -> Command:
    """Return what the client asks; raise ``Refusal`` if it is not one of the documented messages."""
    message = _object(text)
    action = message.get("action")
    if action is None:
        raise Refusal(Code.MISSING_FIELD, f"the message needs an action: one of {', '.join(FIELDS)}", message)
    if not isinstance(action, str) or action not in FIELDS:
        raise Refusal(Code.UNKNOWN_ACTION, f"unknown action{_hint(action, FIELDS)}", action)
    for field in message:
        if field not in FIELDS[action]:
            raise Refusal(Code.UNKNOWN_FIELD, f"{action} takes no such field{_hint(field, FIELDS[action])}", field)
    return Command(action, None if action == "ping" else _topic(message))


def board_topic(name: object, limit: object = boards.BOARD_SIZE) -> Topic:
    """Return the topic of a board; raise ``Refusal`` if there is no such board or ``limit`` is not from 1 to 500."""
    if not isinstance(name, str) or name not in boards.BY_NAME:
        raise Refusal(Code.UNKNOWN_BOARD, f"unknown board{_hint(name, boards.BOARD_NAMES)}", name)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= boards.BOARD_SIZE:
        raise Refusal(Code.BAD_LIMIT, f"limit is a whole number from 1 to {boards.BOARD_SIZE}", limit)
    return Topic("board", name, limit)


def symbol_topic(ticker: object) -> Topic:
    """Return the topic of a ticker; raise ``Refusal`` if it cannot be one."""
    if not isinstance(ticker, str) or not TICKER.fullmatch(ticker):
        raise Refusal(Code.BAD_SYMBOL, "a symbol is a text of 1 to 12 printable characters without spaces", ticker)
    return Topic("symbol", ticker)


def alert_kind(name: str) -> str:
    """Return the name of a kind of alerts; raise ``Refusal`` if there is none of that name."""
    if name not in KIND_NAMES:
        raise Refusal(Code.UNKNOWN_KIND, f"unknown kind of alert{_hint(name, KIND_NAMES)}", name)
    return name


def _object(text: str | bytes) -> Mapping[str, Any]:
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise Refusal(Code.BAD_JSON, f"not JSON: {problem}", text) from None
    if not isinstance(message, dict):
        raise Refusal(Code.NOT_AN_OBJECT, "a message is a JSON object", message)
    return message


def _topic(message: Mapping[str, Any]) -> Topic:
    if ("board" in message) == ("symbol" in message):
        raise Refusal(Code.MISSING_FIELD, f"{message['action']} needs either a board or a symbol", dict(message))
    if "board" in message:
        return board_topic(message["board"], message.get("limit", boards.BOARD_SIZE))
    if "limit" in message:
        raise Refusal(Code.UNKNOWN_FIELD, "only boards take a limit", "limit")
    return symbol_topic(message["symbol"])


def _hint(given: object, known: Iterable[str]) -> str:
    """Return the end of a sentence that names what there is, the nearest first."""
    names = list(known)
    near = get_close_matches(given, names, n=1) if isinstance(given, str) else []
    meant = f"; did you mean {near[0]}?" if near else ";"
    return f"{meant} there are {', '.join(names)}"


def _echo(value: object) -> object:
    """Return the offending value, cut where it is long."""
    if value is None or isinstance(value, int | float):
        return value
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= ECHOED else f"{text[:ECHOED]}…"
