"""The vendor's REST API without a socket: requests, pages, what an answer's status asks for, how to put it in words."""

import hashlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final, NamedTuple, Self
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from streams.errors import TickerboardError

OK: Final = range(200, 300)
UNAUTHORISED: Final = 401
NOT_IN_PLAN: Final = frozenset({403, 404})
"""A plan without a part answers so; without a ticker likewise."""
AGAIN: Final = frozenset({408, 413, 425, 429, 499})
SERVER_ERRORS: Final = range(500, 600)
LONGEST_WAIT_SECONDS: Final = 120.0
"""Whoever asks for more patience than this is asked again no later."""


class RestError(TickerboardError):
    """The vendor's REST API cannot be used; the text never holds the key."""


class NotInPlanError(RestError):
    """The API has no such thing for this key: a part that is missing, not a failure."""


class Outcome(Enum):
    """What to do with an answer."""

    USE = "use"
    AGAIN = "again"


class Request(NamedTuple):
    """A GET request: a path and its parameters, sorted by name."""

    path: str
    params: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, path: str, params: Mapping[str, object] | None = None) -> Self:
        """Return a request; what is in the path must be quoted already, see ``quoted``."""
        return cls(path, tuple(sorted((name, str(value)) for name, value in (params or {}).items())))

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path

    @property
    def digest(self) -> str:
        """A short name of the request, the same in every process."""
        return hashlib.sha256(self.target.encode()).hexdigest()[:32]


def quoted(ticker: str) -> str:
    """Return a ticker as a part of a path."""
    return quote(ticker, safe="")


def next_request(payload: Mapping[str, Any]) -> Request | None:
    """Return the request for the page behind this one, ``None`` on the last.

    Only path and query of ``next_url`` count: the key goes to no other host than the one that was named.
    """
    url = payload.get("next_url")
    if not url:
        return None
    parts = urlsplit(str(url))
    return Request.of(parts.path, dict(parse_qsl(parts.query)))


def outcome(status: int, path: str) -> Outcome:
    """Return what to do with an answer's status; raise ``RestError`` where asking again is of no use."""
    if status in OK:
        return Outcome.USE
    if status in AGAIN or status in SERVER_ERRORS:
        return Outcome.AGAIN
    if status == UNAUTHORISED:
        message = "the vendor refuses the key (401): set MASSIVE_API_KEY to one that is valid"
        raise RestError(message)
    if status in NOT_IN_PLAN:
        message = f"{path}: not in the plan of this key, or not there ({status})"
        raise NotInPlanError(message)
    message = f"{path}: the vendor answers {status}; is --url the address of its API?"
    raise RestError(message)


def asked_to_wait(retry_after: str | None, now_ms: int) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for (a number or a date), ``None`` where it is none."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - now_ms / 1000
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS) if seconds == seconds else None  # noqa: PLR0124 - NaN
