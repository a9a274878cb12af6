"""How a client is told that it asked wrongly, and the checks that several requests have in common."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum, auto
from typing import Final

from schemas import metrics

ECHOED: Final = 100
"""Characters of an offending value that an error gives back."""
MOST_COLUMNS: Final = len(metrics.COLUMNS)


class Code(StrEnum):
    """Why something was refused."""

    BAD_JSON = auto()
    NOT_AN_OBJECT = auto()
    MISSING_FIELD = auto()
    UNKNOWN_FIELD = auto()
    UNKNOWN_ACTION = auto()
    UNKNOWN_FEED = auto()
    UNKNOWN_BOARD = auto()
    UNKNOWN_SCAN = auto()
    UNKNOWN_SYMBOL = auto()
    UNKNOWN_KIND = auto()
    UNKNOWN_METRIC = auto()
    NO_SOURCE = auto()
    BAD_LIMIT = auto()
    BAD_RATE = auto()
    BAD_SEQUENCE = auto()
    BAD_COLUMNS = auto()
    BAD_SYMBOL = auto()
    BAD_SCAN = auto()
    BAD_FILTER = auto()
    BAD_SORT = auto()
    BAD_KINDS = auto()
    BAD_TICKERS = auto()
    BAD_HISTORY = auto()
    NOT_SUBSCRIBED = auto()
    TOO_MANY_SUBSCRIPTIONS = auto()
    TOO_MANY_SCANS = auto()
    UNAUTHORIZED = auto()
    INVALID_KEY = auto()
    ALREADY_AUTHENTICATED = auto()
    MISSING_SCOPE = auto()
    ORIGIN_NOT_ALLOWED = auto()
    TOO_MANY_SOCKETS = auto()
    TOO_MANY_MESSAGES = auto()
    TOO_MANY_SAVED = auto()
    TOO_LARGE = auto()
    BAD_NAME = auto()
    BAD_LAYOUT = auto()
    UNKNOWN_LAYOUT = auto()
    STORE_UNAVAILABLE = auto()


class Refusal(Exception):  # noqa: N818 (an answer to a client, not a failure)
    """What cannot be served: ``code`` for programs, ``message`` for people, the ``value`` at fault."""

    def __init__(
        self,
        code: Code,
        message: str,
        value: object = None,
        *,
        position: int | None = None,
        near: tuple[str, ...] = (),
    ) -> None:
        """Keep them.

        ``position`` is the character at fault in a text (from 0), where it is known; ``near`` are the names that
        resemble an unknown one, the nearest first.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.value = _echo(value)
        self.position = position
        self.near = near


def whole_number(name: str, given: object, least: int, most: int) -> int:
    """Return a field that is a whole number within bounds; raise ``Refusal`` if it is not."""
    if not isinstance(given, int) or isinstance(given, bool) or not least <= given <= most:
        raise Refusal(Code(f"bad_{name}"), f"{name} is a whole number from {least} to {most}", given)
    return given


def column_names(given: object) -> tuple[str, ...]:
    """Return a field that lists metrics, each once; raise ``Refusal`` if it does not."""
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MOST_COLUMNS:
        raise Refusal(Code.BAD_COLUMNS, "columns is a list of metrics, such as ['price', 'change_pct']", given)
    for name in given:
        if name not in metrics.COLUMNS:
            message = f"there is no metric of that name{hint(name, metrics.COLUMNS, all_of=False)}"
            raise Refusal(Code.UNKNOWN_METRIC, message, name)
    return tuple(dict.fromkeys(given))


def hint(given: object, known: Iterable[str], *, all_of: bool = True) -> str:
    """Return the end of a sentence that names the nearest there is, and all there are unless they are too many."""
    names = list(known)
    near = get_close_matches(given, names, n=1 if all_of else 3) if isinstance(given, str) else []
    meant = f"; did you mean {' or '.join(near)}?" if near else ";"
    if all_of:
        return f"{meant} there are {', '.join(names)}"
    return meant if near else "; GET /api/metrics lists them"


def _echo(value: object) -> object:
    """Return the offending value, cut where it is long; of one too deep to be written, only what kind it is."""
    if value is None or isinstance(value, int | float):
        return value
    try:
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    except RecursionError:
        # JSON may be nested as deep as its decoder bears, which is deeper than it can be written from here.
        return f"{'a list' if isinstance(value, list) else 'an object'} nested too deep to be shown"
    return text if len(text) <= ECHOED else f"{text[:ECHOED]}…"
