"""``api.hub``: who gets what, without a socket."""

import json
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from api import messages
from api.catalogue import LINGER_SECONDS, LINGERING
from api.clients import Client
from api.frames import Bundle, Message
from api.hub import Hub
from api.refusals import Refusal
from api.scans import board_scan, scan_of
from api.status import status
from api.topics import Point, Topic, board_columns, symbol_columns
from api.view import Universe, View
from schemas.clock import monotonic
from schemas.parts import TICKER_DTYPE, BoardPart
from tests.support import universes

GAINERS = Topic("board", "gainers", 2, board_columns("gainers"), 10)


def view(*rows: tuple[str, float]) -> View:
    """Return a view whose gainers are ``rows``."""
    names, values = [ticker for ticker, _ in rows], [value for _, value in rows]
    part = BoardPart.of(1, 1000, np.array(names, TICKER_DTYPE), np.array(values, np.float64))
    return View([universes.HEAD], {"gainers": [part]}, Universe(()))


def market(**prices: float) -> View:
    """Return a view of tickers of which only prices are known, and changes as large."""
    return universes.view({ticker: {"price": price, "change_pct": price} for ticker, price in prices.items()})


def heartbeat() -> Message:
    """Return a heartbeat of a gateway that has read nothing."""
    return messages.heartbeat(status(None, None, 1000, 1000), 1000)


def drive(work: Coroutine[Any, Any, None]) -> None:
    """Run what only gives others their turn, to its end."""
    with suppress(StopIteration):
        while True:
            work.send(None)


class Wire:
    """A link that keeps what it is given, and may be told to be full."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.full = 0
        self.ended: list[str] = []
        self.bundles: list[Bundle] = []

    def send(self, bundle: Bundle) -> None:
        """Keep them."""
        self.bundles.append(bundle)
        self.sent += [json.loads(message.payload) for message in bundle.messages]

    def waiting(self) -> int:
        """Return what it was told."""
        return self.full

    def close(self, code: int, reason: str) -> None:
        """Keep why."""
        self.ended.append(f"{code} {reason}")


class Watcher:
    """A client of a hub, and what it has got."""

    def __init__(self, hub: Hub) -> None:
        self.wire = Wire()
        self.client = Client(self.wire)
        self.hub = hub
        hub.join(self.client)

    def subscribe(self, *topics: Topic, **more: Any) -> None:  # noqa: ANN401 (what the hub takes)
        """Follow."""
        self.hub.subscribe(self.client, topics, **more)

    def taken(self) -> list[dict[str, Any]]:
        """Return all that it got since the last call."""
        drive(self.hub.sweep())
        self.hub.serve(self.client)
        got, self.wire.sent = self.wire.sent, []
        return got


@pytest.fixture
def hub() -> Hub:
    """Return a hub that allows two feeds, and ten seconds."""
    return Hub(2, 10)


@pytest.fixture
def watcher(hub: Hub) -> Watcher:
    """Return a client that has joined."""
    return Watcher(hub)


class Clock:
    """The hub's time, on which every feed is due again at each step."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.now = 1000.0

    def publish(self, view: View) -> None:
        """Take the hub to a view a second later."""
        self.now += 1
        self.hub.publish(view)
        self.hub.update(self.now)


@pytest.fixture
def clock(hub: Hub) -> Clock:
    """Return the hub's time."""
    return Clock(hub)


def test_a_subscription_is_confirmed_then_a_snapshot_then_changes(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """In this order, with sequences that follow each other and rows up to the limit."""
    hub.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.0)))
    watcher.subscribe(GAINERS)
    ack, snapshot = watcher.taken()
    clock.publish(view(("B", 4.0), ("A", 3.0), ("C", 1.0)))
    (change,) = watcher.taken()

    assert (ack["type"], ack["feed"], ack["limit"], ack["rate"]) == ("subscribed", "board:gainers", 2, 10)
    assert ack["columns"] == snapshot["columns"]
    assert [row[:2] for row in snapshot["rows"]] == [["A", 3.0], ["B", 2.0]]
    assert snapshot["columns"][:2] == ["ticker", "change_pct"]
    assert snapshot["as_of"] == "1969-12-31T19:00:01.000-05:00"
    assert (change["sequence"], change["epoch"]) == (snapshot["sequence"] + 1, snapshot["epoch"])
    assert (change["upserts"], change["moves"]) == ([["B", 1, 4.0]], [[1, "A"]])


def test_a_snapshot_may_be_asked_for_alone(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """It is followed by nothing; its epoch is that of no feed, so that nobody goes on from it."""
    scan = scan_of({"filter": "price > 10", "columns": ["price"]})
    clock.publish(market(A=11.0, B=5.0))
    hub.tell(watcher.client, [scan.topic(4), GAINERS], [scan])
    first, second = watcher.taken()
    clock.publish(market(A=12.0))

    assert (first["type"], first["feed"], first["rows"]) == ("snapshot", f"scan:{scan.id}", [["A", 11.0]])
    assert (second["feed"], second["epoch"]) == ("board:gainers", hub.epoch)
    assert (watcher.taken(), hub.feeds) == ([], 0)


def test_all_who_are_ready_get_the_same_bytes(hub: Hub, clock: Clock) -> None:
    """One joined burst for those who follow the same; who is behind, or follows more, is served apart."""
    losers = Topic("board", "losers", 2, board_columns("losers"), 10)
    clock.publish(view(("A", 0.5)))
    first, second, third, behind = (Watcher(hub) for _ in range(4))
    for each in (first, second, behind):
        each.subscribe(GAINERS)
    third.subscribe(GAINERS, losers)
    for each in (first, second, third, behind):
        each.taken()
    behind.wire.full = 10
    clock.publish(view(("A", 1.0)))
    hub.beat(heartbeat)
    frames = [each.taken() for each in (first, second, third, behind)]
    behind.wire.full = 0
    late = behind.taken()

    assert [[frame["type"] for frame in got] for got in frames] == [["change", "heartbeat"]] * 3 + [[]]
    assert first.wire.bundles[-1] is second.wire.bundles[-1]
    assert first.wire.bundles[-1] is not third.wire.bundles[-1]
    assert [frame["type"] for frame in late] == ["heartbeat", "change"]


def test_nothing_is_sent_of_what_did_not_change(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """Changes below the limit are no news."""
    hub.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.0)))
    watcher.subscribe(GAINERS)
    watcher.taken()
    clock.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.5)))

    assert watcher.taken() == []


def test_a_client_that_missed_two_states_gets_a_snapshot(watcher: Watcher, clock: Clock) -> None:
    """Of the newest state; the one between is never sent."""
    watcher.subscribe(GAINERS)
    watcher.taken()
    clock.publish(view(("A", 1.0)))
    clock.publish(view(("A", 2.0)))
    (snapshot,) = watcher.taken()

    assert (snapshot["type"], snapshot["rows"][0][:2]) == ("snapshot", ["A", 2.0])


def test_a_feed_changes_no_more_often_than_asked(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """Two rates are two feeds; what the slower one missed is in its next change."""
    watcher.subscribe(GAINERS._replace(rate=1))
    watcher.taken()
    clock.publish(view(("A", 1.0)))
    for step in range(1, 9):
        hub.publish(view(("A", 1.0 + step)))
        hub.update(clock.now + step / 10)
    first = watcher.taken()
    hub.update(clock.now + 1)
    second = watcher.taken()

    assert [frame["upserts"][0][:3] for frame in (*first, *second)] == [["A", 1, 1.0], ["A", 1, 9.0]]


def test_subscribing_anew_brings_a_fresh_snapshot(hub: Hub, watcher: Watcher) -> None:
    """It is how a client mends a gap; another limit replaces the one before."""
    hub.publish(view(("A", 3.0), ("B", 2.0)))
    watcher.subscribe(GAINERS)
    watcher.taken()
    watcher.subscribe(GAINERS)
    watcher.subscribe(GAINERS._replace(limit=1))
    messages = watcher.taken()

    assert [message["type"] for message in messages] == ["subscribed", "subscribed", "snapshot"]
    assert [row[0] for row in messages[-1]["rows"]] == ["A"]
    assert hub.feeds == 1


def test_who_comes_back_gets_what_it_missed(watcher: Watcher, clock: Clock) -> None:
    """Change by change, also from a feed that nobody followed meanwhile."""
    watcher.subscribe(GAINERS)
    before = watcher.taken()[-1]
    clock.hub.leave(watcher.client)
    clock.publish(view(("A", 1.0)))
    clock.publish(view(("A", 2.0)))
    again = Watcher(clock.hub)
    again.subscribe(GAINERS, since=Point(before["epoch"], before["sequence"]))
    clock.publish(view(("A", 3.0)))
    ack, *missed = again.taken()

    assert ack["type"] == "subscribed"
    assert [frame["type"] for frame in missed] == ["change"] * 3
    assert [frame["sequence"] for frame in missed] == [before["sequence"] + step for step in (1, 2, 3)]


@pytest.mark.parametrize("point", [Point("another", 1), Point("", 0), Point("same", 99), Point("same", 0)])
def test_who_comes_back_from_elsewhere_gets_a_snapshot(watcher: Watcher, clock: Clock, point: Point) -> None:
    """Another gateway's sequence says nothing here, nor one that has not been yet."""
    watcher.subscribe(GAINERS)
    epoch = watcher.taken()[-1]["epoch"]
    clock.publish(view(("A", 1.0)))
    again = Watcher(clock.hub)
    again.subscribe(GAINERS, since=point._replace(epoch=epoch) if point.epoch == "same" else point)
    _, frame = again.taken()

    assert (frame["type"], frame["rows"][0][:2]) == ("snapshot", ["A", 1.0])


def test_other_options_are_another_feed(watcher: Watcher, clock: Clock) -> None:
    """With an epoch of its own: nobody goes on in it from the sequence of the other."""
    watcher.subscribe(GAINERS)
    first = watcher.taken()[-1]["epoch"]
    watcher.subscribe(GAINERS._replace(limit=1))

    assert watcher.taken()[-1]["epoch"] != first
    assert clock.hub.feeds == 1


def test_a_feed_lingers_for_those_who_come_back_and_then_ends(hub: Hub, watcher: Watcher) -> None:
    """Nothing is kept for nobody for long."""
    watcher.subscribe(GAINERS)
    epoch = watcher.taken()[-1]["epoch"]
    hub.leave(watcher.client)
    assert (hub.watched, hub.clients, hub.fastest) == (False, 0, 0)
    hub.update(monotonic() + LINGER_SECONDS + 1)
    again = Watcher(hub)
    again.subscribe(GAINERS)

    assert again.taken()[-1]["epoch"] != epoch


def test_a_board_stays_a_board_beside_a_scan_of_its_name(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """And so does a symbol, whatever it is called."""
    scan = board_scan("gainers")
    named = Topic("symbol", "gainers", 1, ("price",), 10)
    clock.publish(view(("A", 3.0)))
    watcher.subscribe(scan.topic(10), scans=(scan,))
    hub.tell(watcher.client, [GAINERS, scan.topic(10), named], [scan])
    board, as_scan, symbol = (frame for frame in watcher.taken() if frame.get("epoch") == hub.epoch)
    watcher.subscribe(GAINERS)
    followed = watcher.taken()[-1]

    assert [row[:2] for row in board["rows"]] == [["A", 3.0]]
    assert (as_scan["rows"], symbol["rows"]) == ([], [])
    assert [row[:2] for row in followed["rows"]] == [["A", 3.0]]


def test_who_subscribes_in_the_midst_of_a_sweep_misses_nothing(
    hub: Hub, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not with those any more to whom the sweep goes on, and gets the change all the same."""
    monkeypatch.setattr("api.hub.TURNS", 1)
    watchers = [Watcher(hub) for _ in range(6)]
    clock.publish(view(("A", 1.0)))
    for each in watchers:
        each.subscribe(GAINERS)
        each.taken()
    clock.publish(view(("A", 2.0)))
    sweep = hub.sweep()
    sweep.send(None)
    for each in watchers:
        each.subscribe(Topic("symbol", "AAPL", 1, symbol_columns()))
    drive(sweep)

    for each in watchers:
        changes = [frame for frame in each.taken() if frame["type"] == "change"]
        assert [change["upserts"] for change in changes] == [[["A", 1, 2.0]]]


def test_feeds_that_nobody_follows_are_bounded(hub: Hub, watcher: Watcher) -> None:
    """The oldest go first, however quickly somebody runs through them."""
    for number in range(LINGERING + 50):
        watcher.subscribe(Topic("symbol", f"T{number}", 1, ("price",)))
        hub.unsubscribe(watcher.client, [f"symbol:T{number}"])
        watcher.taken()

    assert len(hub._catalogue._feeds) == LINGERING


def test_more_feeds_than_allowed_are_refused(hub: Hub, watcher: Watcher) -> None:
    """The ones there are stay, and none of those asked for at once is followed."""
    a, b, c = (Topic("symbol", ticker, 1, symbol_columns()) for ticker in "ABC")
    watcher.subscribe(a)
    with pytest.raises(Refusal, match="at most 2 feeds"):
        watcher.subscribe(b, c)
    assert hub.feeds == 1
    watcher.subscribe(b)
    watcher.subscribe(a, b)

    assert hub.feeds == 2


def test_leaving_what_is_not_followed_is_refused(hub: Hub, watcher: Watcher) -> None:
    """A slip of the name shows, and nothing is left."""
    watcher.subscribe(GAINERS)
    with pytest.raises(Refusal, match="does not follow"):
        hub.unsubscribe(watcher.client, ["board:gainers", "board:losers"])

    assert hub.feeds == 1


def test_a_scan_tells_who_enters_and_who_leaves(watcher: Watcher, clock: Clock) -> None:
    """With the values of that moment, also beyond its limit; an unchanged universe is not looked at again."""
    scan = scan_of({"filter": "price > 10", "limit": 1, "columns": ["price"]})
    clock.publish(market(A=11.0, B=5.0, C=12.0))
    watcher.subscribe(scan.topic(10), scans=(scan,))
    snapshot = watcher.taken()[-1]
    clock.publish(market(A=9.5, B=10.5, C=12.0))
    (change,) = watcher.taken()
    clock.publish(market(A=9.5, B=10.5, C=12.0))

    assert (snapshot["feed"], snapshot["rows"]) == (f"scan:{scan.id}", [["C", 12.0]])
    assert (change["entered"], change["left"]) == ([["B", 10.5]], [["A", 9.5]])
    assert (change["upserts"], change["removals"], change["moves"]) == ([], [], [])
    assert watcher.taken() == []
    assert clock.hub.scan(scan.id) is scan


def test_a_client_that_takes_nothing_is_told_and_then_ended(hub: Hub, watcher: Watcher, clock: Clock) -> None:
    """It gets the newest state when it reads again; if it never does, a word, once."""
    watcher.subscribe(GAINERS)
    watcher.taken()
    watcher.wire.full = 10
    clock.publish(view(("A", 1.0)))
    assert watcher.taken() == []
    clock.publish(view(("A", 2.0)))
    since = watcher.client.stuck_since
    assert since is not None
    assert (hub.end_stalled(since + 9), watcher.wire.ended) == (0, [])
    assert (hub.end_stalled(since + 11), watcher.wire.ended) == (1, ["1008 took nothing for 10 s"])
    assert (hub.end_stalled(since + 12), len(watcher.wire.ended), hub.dropped) == (0, 1, 1)


def test_a_client_that_was_slow_is_told_so(watcher: Watcher, clock: Clock) -> None:
    """And goes on with a snapshot of the newest state."""
    watcher.subscribe(GAINERS)
    watcher.taken()
    watcher.wire.full = 10
    clock.publish(view(("A", 1.0)))
    watcher.taken()
    clock.publish(view(("A", 2.0)))
    watcher.wire.full = 0
    assert watcher.client.stuck_since is not None
    watcher.client.stuck_since -= 5
    told, snapshot = watcher.taken()

    assert (told["type"], told["behind_ms"] >= 5000, snapshot["type"]) == ("slow", True, "snapshot")


def test_a_client_that_takes_some_of_it_is_not_stuck(hub: Hub, watcher: Watcher) -> None:
    """Slow is not stalled."""
    watcher.wire.full = 100
    assert watcher.client.is_stuck(0.0)
    watcher.wire.full = 50
    assert watcher.client.is_stuck(20.0)

    assert hub.end_stalled(25.0) == 0
