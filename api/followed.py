"""PURE. What a client knows of the feeds it follows, and what it has to say to go on where it was.

No socket is in here: messages of the gateway go in, updates and messages to the gateway come out.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import polars as pl

from api.changes import Change, apply
from api.tables import Row

REMEMBERED: Final = 10_000
"""Ids of events that are remembered, so that one that comes twice is given once."""


OF_SCANS: Final = frozenset({"bad_scan", "bad_filter", "bad_sort", "too_many_scans"})
"""Refusals that only a scan meets."""


class Update(NamedTuple):
    """Something new: of a feed, or of the gateway."""

    kind: str
    """``snapshot``, ``change``, ``event``, ``gap``, ``heartbeat``, ``slow``, ``reconnect`` or ``error``."""
    feed: str | None
    message: Mapping[str, Any]
    """As it came; ``docs/api.md`` has the fields."""


class _Table:
    """The rows of a feed, as of its last frame."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        self.epoch: str = message["epoch"]
        self.sequence: int = message["sequence"]
        self.columns: list[str] = message["columns"]
        self.rows: list[Row] = [tuple(row) for row in message["rows"]]

    def take(self, message: Mapping[str, Any]) -> bool:
        """Take in a change; return whether it is the next one."""
        if (message["epoch"], message["sequence"]) != (self.epoch, self.sequence + 1):
            return False
        moves = [(index, ticker) for index, ticker in message["moves"]]
        change = Change(message["upserts"], message["removals"], moves)
        self.rows = apply(self.rows, change, len(self.columns))
        self.sequence = message["sequence"]
        return True


class Followed:
    """Every feed that a client follows, whatever happens to its connection."""

    def __init__(self) -> None:
        """Follow nothing."""
        self._requests: dict[str, dict[str, Any]] = {}
        self._asked: list[dict[str, Any]] = []
        """Scans whose feed's name the gateway has not told yet, in the order in which they were asked for."""
        self._tables: dict[str, _Table] = {}
        self._points: dict[str, tuple[str, str]] = {}
        """Of feeds of events: epoch of the log and the last event's sequence."""
        self._seen: OrderedDict[str, None] = OrderedDict()

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that are followed."""
        return tuple(self._requests)

    def subscribe(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - the fields of a message
        """Follow a feed (``feed``) or a scan (``scan``), with options; return what to send."""
        if "scan" in request:
            self._asked.append(request)
        else:
            self._requests[request["feed"]] = request
            self._forget(request["feed"])
        return {"action": "subscribe", **request}

    def unsubscribe(self, feed: str) -> dict[str, Any]:
        """Follow a feed no more; return what to send."""
        self._requests.pop(feed, None)
        self._forget(feed)
        return {"action": "unsubscribe", "feed": feed}

    def again(self) -> list[dict[str, Any]]:
        """Return what to send over a new connection: each feed goes on from where it is."""
        return [*map(self._resume, self._requests), *({"action": "subscribe", **request} for request in self._asked)]

    def table(self, feed: str) -> pl.DataFrame:
        """Return the rows of a board, a scan or a symbol; raise ``KeyError`` before its first frame."""
        table = self._tables[feed]
        numbers: Sequence[tuple[str, Any]] = [(name, pl.Float64) for name in table.columns[1:]]
        return pl.DataFrame(table.rows, schema=[(table.columns[0], pl.String), *numbers], orient="row")

    def rows(self, feed: str) -> list[Row]:
        """Return the same as tuples, best first."""
        return list(self._tables[feed].rows)

    def take(self, message: Mapping[str, Any]) -> tuple[Update | None, list[dict[str, Any]]]:
        """Take in a message; return what is new, ``None`` if nothing is, and what to send."""
        kind: str = message["type"]
        feed: str = message.get("feed", "")
        match kind:
            case "subscribed":
                self._confirm(message)
                return None, []
            case "unsubscribed" | "pong" | "authenticated":
                return None, []
            case "snapshot" | "change" | "event" | "gap" if feed not in self._requests:
                return None, []  # of a feed that was just left
            case "snapshot":
                self._tables[feed] = _Table(message)
            case "change":
                return self._change(message)
            case "event":
                return self._event(message), []
            case "error" if message["code"] in OF_SCANS and self._asked:
                self._asked.pop(0)
            case "gap":
                self._points[feed] = (message["epoch"], message["to"])
        return Update(kind, feed or None, message), []

    def _confirm(self, message: Mapping[str, Any]) -> None:
        """Take note of the name under which a scan comes, and of where a feed of events begins."""
        feed = message["feed"]
        if feed not in self._requests and self._asked:
            request = self._asked.pop(0)
            self._requests[feed] = {**request}
        if isinstance(message.get("sequence"), str) and feed not in self._points:
            self._points[feed] = (message["epoch"], message["sequence"])

    def _change(self, message: Mapping[str, Any]) -> tuple[Update | None, list[dict[str, Any]]]:
        feed = message["feed"]
        table = self._tables.get(feed)
        if table is None:
            return None, []  # its snapshot is on the way
        if table.take(message):
            return Update("change", feed, message), []
        if message["epoch"] == table.epoch and message["sequence"] <= table.sequence:
            return None, []
        self._forget(feed)
        return None, [{"action": "subscribe", **self._requests[feed]}]

    def _event(self, message: Mapping[str, Any]) -> Update | None:
        self._points[message["feed"]] = (message["epoch"], message["sequence"])
        key = f"{message['feed']} {message['event'].get('id', message['sequence'])}"
        if key in self._seen:
            return None
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return Update("event", message["feed"], message)

    def _resume(self, feed: str) -> dict[str, Any]:
        request = self._requests[feed]
        if feed in self._points:
            epoch, last = self._points[feed]
            return {"action": "resume", **_without(request, "history"), "epoch": epoch, "sequence": last}
        table = self._tables.get(feed)
        if table is None:
            return {"action": "subscribe", **request}
        return {"action": "resume", **request, "epoch": table.epoch, "sequence": table.sequence}

    def _forget(self, feed: str) -> None:
        self._tables.pop(feed, None)
        self._points.pop(feed, None)


def _without(request: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key != name}
