"""PURE. What a client knows of the feeds it follows, and what it has to say to go on where it was.

No socket is in here: messages of the gateway go in, updates and messages to the gateway come out.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import polars as pl

from api.event_filter import FEEDS
from api.followed_table import FollowedTable, Update
from api.tables import Row

__all__ = ["Followed", "Update"]

REMEMBERED: Final = 10_000
"""Ids of events that are remembered, so that one that comes twice is given once."""

ANSWERS: Final = frozenset({"authenticated", "subscribed", "unsubscribed", "pong", "error"})
"""Messages that answer a request; all but the ``subscribed`` of a feed of events come in the order of the requests."""

OF_CONNECTIONS: Final = frozenset({"unauthorized", "invalid_key", "too_many_sockets"})
"""Refusals of the connection itself, which ends with them: they answer no request."""


class _Wish(NamedTuple):
    """One feed or scan within a request that waits for its answer."""

    feed: str | None
    """``None``: a scan whose feed's name the gateway has not told yet."""
    request: dict[str, Any]
    """What to ask for again over a new connection."""
    point: tuple[str, str] | None = None
    """Where a feed of events was before it was asked for anew."""


class _Question(NamedTuple):
    """A request that was sent over the present connection and waits for its answer."""

    action: str
    """``auth``, ``subscribe`` (a ``resume`` too), ``unsubscribe`` or ``ping``."""
    wishes: deque[_Wish]
    """Those not yet answered: each gets a message of its own, or one ``error`` answers them all."""


class Followed:
    """Every feed that a client follows, whatever happens to its connection."""

    def __init__(self) -> None:
        """Follow nothing."""
        self._requests: dict[str, dict[str, Any]] = {}
        self._confirmed: dict[str, dict[str, Any]] = {}
        """The last request for a feed that the gateway took: it stands where a later one is refused."""
        self._asked: deque[_Question] = deque()
        """All that was sent over the present connection and is not answered yet, in the order of sending."""
        self._tables: dict[str, FollowedTable] = {}
        self._points: dict[str, tuple[str, str]] = {}
        """Of feeds of events: epoch of the log and the last event's sequence."""
        self._seen: OrderedDict[str, None] = OrderedDict()

    @property
    def feeds(self) -> tuple[str, ...]:
        """The feeds that are followed."""
        return tuple(self._requests)

    def subscribe(self, **request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the fields of a message
        """Follow a feed (``feed``, or a list of them) or a scan (``scan``), with options; return what to send.

        All that any method returns has to be sent, in the order in which it was returned.
        """
        message = {"action": "subscribe", **request}
        if "scan" in request:
            return self._ask([_Wish(None, request)], message)
        wishes = []
        for feed in _names(request["feed"]):
            self._requests[feed] = {**request, "feed": feed}
            wishes.append(_Wish(feed, self._requests[feed], self._points.pop(feed, None)))
        return self._ask(wishes, message)

    def unsubscribe(self, feed: str | Sequence[str]) -> dict[str, Any]:
        """Follow a feed, or a list of them, no more; return what to send."""
        names = _names(feed)
        for name in names:
            self._requests.pop(name, None)
            self._forget(name)
        self._asked.append(_Question("unsubscribe", deque(_Wish(name, {}) for name in names)))
        return {"action": "unsubscribe", "feed": feed}

    def again(self, key: str | None = None) -> list[dict[str, Any]]:
        """Return what to send over a new connection: the key if there is one, then each feed from where it is."""
        nameless = [wish.request for question in self._asked for wish in question.wishes if wish.feed is None]
        self._asked.clear()
        self._confirmed = {feed: taken for feed, taken in self._confirmed.items() if feed in self._requests}
        messages: list[dict[str, Any]] = []
        if key is not None:
            self._asked.append(_Question("auth", deque()))
            messages.append({"action": "auth", "key": key})
        for feed, request in self._requests.items():
            messages += self._ask([_Wish(feed, request, self._points.get(feed))], self._resume(feed))
        for request in nameless:
            messages += self._ask([_Wish(None, request)], {"action": "subscribe", **request})
        return messages

    def table(self, feed: str) -> pl.DataFrame:
        """Return the rows of a board, a scan or a symbol; raise ``KeyError`` before its first frame."""
        return self._tables[feed].frame()

    def rows(self, feed: str) -> list[Row]:
        """Return the same as tuples, best first."""
        return list(self._tables[feed].rows)

    def take(self, message: Mapping[str, Any]) -> tuple[Update | None, list[dict[str, Any]]]:
        """Take in a message; return what is new, ``None`` if nothing is, and what to send."""
        kind: str = message["type"]
        if kind in ANSWERS:
            return self._answer(kind, message), []
        feed: str = message.get("feed", "")
        match kind:
            case "snapshot" | "change" | "event" | "gap" if feed not in self._requests:
                return None, []  # of a feed that was just left
            case "snapshot":
                self._tables[feed] = FollowedTable(message)
            case "change":
                return self._change(message)
            case "event":
                return self._event(message), []
            case "gap":
                self._points[feed] = (message["epoch"], message["to"])
        return Update(kind, feed or None, message), []

    def _ask(self, wishes: Sequence[_Wish], message: dict[str, Any]) -> list[dict[str, Any]]:
        """Note a request as sent; return what to send.

        A feed of events is confirmed late, perhaps after requests that were sent later, but refused at once. The
        ``pong`` to a ``ping`` right behind it tells that it was not refused.
        """
        self._asked.append(_Question("subscribe", deque(wishes)))
        if not any(wish.feed in FEEDS for wish in wishes):
            return [message]
        self._asked.append(_Question("ping", deque()))
        return [message, {"action": "ping"}]

    def _answer(self, kind: str, message: Mapping[str, Any]) -> Update | None:
        """Take in an answer; a refusal is something new."""
        match kind:
            case "subscribed" if message["feed"] in FEEDS:
                if message["feed"] in self._requests:
                    self._points.setdefault(message["feed"], (message["epoch"], message["sequence"]))
            case "subscribed":
                self._confirm(message["feed"], self._next("subscribe"))
            case "unsubscribed":
                self._next("unsubscribe")
                self._confirmed.pop(message["feed"], None)
            case "authenticated":
                self._next("auth")
            case "pong":
                while self._asked and (question := self._asked[0]).action == "subscribe":
                    self._confirm(question.wishes[0].feed or "", self._next("subscribe"))
                self._next("ping")
            case "error":
                if message["code"] not in OF_CONNECTIONS:
                    self._refuse()
                return Update("error", None, message)
        return None

    def _next(self, action: str) -> _Wish | None:
        """Take what is answered from the queue; return it if it is a feed or a scan."""
        while action != "ping" and self._asked and self._asked[0].action == "ping":
            self._asked.popleft()  # one that is passed over was not read: too many messages a second
        if not self._asked or self._asked[0].action != action:
            return None
        wishes = self._asked[0].wishes
        wish = wishes.popleft() if wishes else None
        if not wishes:
            self._asked.popleft()
        return wish

    def _confirm(self, feed: str, wish: _Wish | None) -> None:
        """Take note that a request was taken, and of the name under which a scan comes."""
        if wish is None:
            return
        if wish.feed is None:
            self._requests[feed] = wish.request
        elif wish.feed != feed and self._requests.get(wish.feed) is wish.request:
            del self._requests[wish.feed]  # another gateway may have another name for it
            self._forget(wish.feed)
            self._requests[feed] = wish.request
        self._confirmed[feed] = wish.request

    def _refuse(self) -> None:
        """Forget the request that was refused; a feed that was followed before goes on as it was."""
        for feed, request, point in self._asked.popleft().wishes if self._asked else ():
            if feed is None or self._requests.get(feed) is not request:
                continue  # forgotten with the queue's entry, or left or asked for anew meanwhile
            before = self._confirmed.pop(feed, request)
            if before is request:
                del self._requests[feed]
                self._forget(feed)
                continue
            self._requests[feed] = self._confirmed[feed] = before
            if point is not None:
                self._points.setdefault(feed, point)

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
        request = self._requests[feed]
        return None, self._ask([_Wish(feed, request)], {"action": "subscribe", **request})

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


def _names(given: str | Sequence[str]) -> list[str]:
    """Return the feeds that a request names, each once."""
    return [given] if isinstance(given, str) else list(dict.fromkeys(given))


def _without(request: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in request.items() if key != name}
