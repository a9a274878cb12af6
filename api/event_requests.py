"""What a client may ask of a feed of events, read and checked."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from api.event_filter import FEEDS, Wanted, condition
from api.event_log import Place
from api.refusals import Code, Refusal, hint, whole_number
from api.topics import TICKER
from schemas.event_log import EntryId
from schemas.expressions import ExpressionError

FIELDS: Final = {
    "subscribe": ("action", "feed", "kinds", "tickers", "filter", "history"),
    "resume": ("action", "feed", "epoch", "sequence", "kinds", "tickers", "filter", "history"),
}
"""Every action on a feed of events and the fields it takes."""
MOST_TICKERS: Final = 500
HISTORY: Final = 1000
"""Events of before that may be asked for."""


class Listen(NamedTuple):
    """Which events to tell of from now on."""

    feed: str
    wanted: Wanted
    history: int = 0
    """So many of the newest are told first; of one who comes back, where it is not known what it has missed."""
    since: Place | None = None
    """Up to where the client has the feed; ``None`` where it begins anew."""


def event_feed(message: Mapping[str, Any]) -> str | None:
    """Return the feed of events that a message names, alone or as a list of one; ``None`` where it names another."""
    given = message.get("feed")
    feed = given[0] if isinstance(given, list) and len(given) == 1 else given
    return feed if isinstance(feed, str) and feed in FEEDS and message.get("action") in FIELDS else None


def listen(feed: str, message: Mapping[str, Any]) -> Listen:
    """Return what a message asks of a feed of events; raise ``Refusal`` if it cannot be."""
    history = whole_number("history", message.get("history", 0), 0, HISTORY)
    since = _place(message) if message["action"] == "resume" else None
    return Listen(feed, _wanted(feed, message), history, since)


def _wanted(feed: str, message: Mapping[str, Any]) -> Wanted:
    known = FEEDS[feed]
    kinds = _names("kinds", message, len(known))
    for kind in kinds:
        if kind not in known:
            raise Refusal(Code.UNKNOWN_KIND, f"unknown kind of event{hint(kind, known)}", kind)
    tickers = _names("tickers", message, MOST_TICKERS)
    for ticker in tickers:
        if not TICKER.fullmatch(ticker):
            what = "a ticker is a text of 1 to 12 printable characters without spaces"
            raise Refusal(Code.BAD_TICKERS, what, ticker)
    chosen = frozenset(kinds or known)
    every = chosen == frozenset(FEEDS["alerts"])
    return Wanted(frozenset() if every else chosen, frozenset(tickers), _filter(message.get("filter", "")))


def _names(field: str, message: Mapping[str, Any], most: int) -> Sequence[str]:
    """Return a field that is a list of texts, none where there is none."""
    given = message.get(field)
    if given is None:
        return ()
    if not isinstance(given, list) or not 1 <= len(given) <= most or not all(isinstance(one, str) for one in given):
        raise Refusal(Code(f"bad_{field}"), f"{field} is a list of 1 to {most} texts", given)
    return given


def _filter(text: object) -> str:
    """Return a condition in its normal form."""
    if not isinstance(text, str):
        raise Refusal(Code.BAD_FILTER, "a filter is a text such as 'price > 5 and quality_days >= 20'", text)
    if not text.strip():
        return ""
    try:
        return condition(text).text
    except ExpressionError as error:
        raise Refusal(Code.BAD_FILTER, error.message, error.value or text, position=error.position) from None


def _place(message: Mapping[str, Any]) -> Place:
    """Return up to where a client has a feed."""
    epoch, sequence = message.get("epoch"), message.get("sequence")
    if not isinstance(epoch, str) or sequence is None:
        what = "resume needs a feed, and the epoch and sequence of the last frame of it"
        raise Refusal(Code.MISSING_FIELD, what, dict(message))
    try:
        return Place(epoch, EntryId.of(sequence if isinstance(sequence, str) else ""))
    except ValueError:
        what = "the sequence of an event is a text such as 1795185713250-0"
        raise Refusal(Code.BAD_SEQUENCE, what, sequence) from None
