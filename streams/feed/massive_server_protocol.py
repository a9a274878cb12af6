"""The vendor's side of its WebSocket protocol, without a socket: what a client says in, what it is told out.

A client is greeted, must authenticate, and then subscribes to channels (``A.*``, ``T.AAPL``, several with commas).
A key has one seat. The vendor lets a connection too many authenticate, tells it ``max_connections`` and closes it
with 1008; an older account kind loses its oldest connection instead. Both can be had.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Final, NamedTuple

import msgspec

Status = tuple[str, str]
"""A status and its message."""

POLICY_VIOLATION: Final = 1008
KNOWN_CHANNELS: Final = frozenset({"A", "AM", "T", "Q", "NOI", "LULD", "FMV"})
EVERY: Final = "*"
TOO_MANY: Final = (
    "max_connections",
    "Maximum number of websocket connections exceeded. You have reached the connection limit for your account.",
)
TOO_SLOW: Final = ("slow_consumer", "You are reading too slowly: the server's buffer for you is full.")


class Refuse(StrEnum):
    """Which connection of a key must go when there is one too many."""

    NEWEST = "newest"
    OLDEST = "oldest"


class Phase(Enum):
    """Where a connection stands."""

    STRANGER = "stranger"
    AUTHENTICATED = "authenticated"
    CLOSED = "closed"


class Reply(NamedTuple):
    """What to do after something was received: send a frame per group of statuses, then maybe close."""

    frames: tuple[tuple[Status, ...], ...] = ()
    close: int | None = None
    """The close code, where this connection ends."""
    evict: "Session | None" = None
    """Another connection to be told ``TOO_MANY`` and closed."""


class Request(msgspec.Struct):
    """What a client sends."""

    action: str
    params: str = ""


@dataclass(slots=True)
class Seats:
    """Which keys are good and who sits on each."""

    keys: frozenset[str]
    refuse: Refuse = Refuse.NEWEST
    taken: "dict[str, Session]" = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Session:
    """One connection's part of the protocol."""

    seats: Seats
    phase: Phase = Phase.STRANGER
    key: str = ""
    subscriptions: dict[str, set[str]] = field(default_factory=dict)
    """Tickers by channel; ``*`` among them means every one."""

    def greet(self) -> Reply:
        """Return what a client is told on connecting."""
        return Reply(((("connected", "Connected Successfully"),),))

    def receive(self, text: str | bytes) -> Reply:
        """Return the answer to what a client sent; nothing it can send raises."""
        try:
            request = msgspec.json.decode(text, type=Request)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _error('could not parse the message: expected {"action": ..., "params": ...}')
        if request.action == "auth":
            return self._authenticate(request.params)
        if self.phase is not Phase.AUTHENTICATED:
            return _error("not authenticated")
        if request.action == "subscribe":
            return self._subscribe(request.params)
        if request.action == "unsubscribe":
            return self._unsubscribe(request.params)
        return _error(f"unknown action: {request.action}")

    def leave(self) -> None:
        """Give the seat back: the connection is gone."""
        self.phase = Phase.CLOSED
        self.subscriptions.clear()
        if self.seats.taken.get(self.key) is self:
            del self.seats.taken[self.key]

    def wants(self, channel: str) -> frozenset[str]:
        """Return the tickers wanted of a channel: none, some, or ``*`` alone."""
        tickers = self.subscriptions.get(channel, set())
        return frozenset({EVERY}) if EVERY in tickers else frozenset(tickers)

    def _authenticate(self, key: str) -> Reply:
        if self.phase is Phase.AUTHENTICATED:
            return Reply(((("auth_success", "authenticated"),),))
        if key not in self.seats.keys:
            self.phase = Phase.CLOSED
            return Reply(((("auth_failed", "authentication failed"),),), close=POLICY_VIOLATION)
        sitting = self.seats.taken.get(key)
        if sitting is not None and self.seats.refuse is Refuse.NEWEST:
            self.phase = Phase.CLOSED
            return Reply(((("auth_success", "authenticated"),), (TOO_MANY,)), close=POLICY_VIOLATION)
        if sitting is not None:
            sitting.leave()
        self.phase, self.key = Phase.AUTHENTICATED, key
        self.seats.taken[key] = self
        return Reply(((("auth_success", "authenticated"),),), evict=sitting)

    def _subscribe(self, params: str) -> Reply:
        statuses = []
        for name in _names(params):
            channel, _, ticker = name.partition(".")
            if channel not in KNOWN_CHANNELS or not ticker:
                statuses.append(("error", f"unknown channel: {name}"))
                continue
            self.subscriptions.setdefault(channel, set()).add(ticker)
            statuses.append(("success", f"subscribed to: {name}"))
        return Reply((tuple(statuses),)) if statuses else _error("no channel named")

    def _unsubscribe(self, params: str) -> Reply:
        statuses = []
        for name in _names(params):
            channel, _, ticker = name.partition(".")
            tickers = self.subscriptions.get(channel, set())
            if ticker == EVERY:
                tickers.clear()
            tickers.discard(ticker)
            statuses.append(("success", f"unsubscribed to: {name}"))
        return Reply((tuple(statuses),)) if statuses else _error("no channel named")


def _names(params: str) -> list[str]:
    """Return the channels that a request names, each once, in their order."""
    return list(dict.fromkeys(name.strip() for name in params.split(",") if name.strip()))


def _error(message: str) -> Reply:
    return Reply(((("error", message),),))
