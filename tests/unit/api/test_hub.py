"""``api.hub``: who gets what, without a socket."""

import json
from typing import Any

import numpy as np
import pytest

from api.hub import Client, Hub
from api.requests import Refusal
from api.topics import Topic
from api.view import RankedPart, Universe, View
from schemas.parts import TICKER_DTYPE, BoardPart, Head

GAINERS = Topic("board", "gainers", 2)
HEAD = Head(
    partition=0,
    partitions=1,
    version=1,
    trading_date="2026-11-20",
    session="regular",
    event_time=1000,
    complete_through=1000,
    position=1,
    published_time=5000,
    universe_version=1,
)


def view(*rows: tuple[str, float]) -> View:
    """Return a view whose gainers are ``rows``."""
    names, values = [ticker for ticker, _ in rows], [value for _, value in rows]
    part = BoardPart.of(1, 1000, np.array(names, TICKER_DTYPE), np.array(values, np.float64))
    return View([HEAD], {"gainers": [RankedPart(part)]}, Universe(()))


def taken(hub: Hub, client: Client) -> list[dict[str, Any]]:
    """Return all that waits for a client."""
    messages = []
    while (text := client.mailbox.take(hub.frame_after)) is not None:
        messages.append(json.loads(text))
    return messages


def nothing() -> None:
    """Stand in for the end of a connection."""


@pytest.fixture
def hub() -> Hub:
    """Return a hub that allows two feeds."""
    return Hub(2)


@pytest.fixture
def client(hub: Hub) -> Client:
    """Return a client that has joined."""
    joined = Client(nothing)
    hub.join(joined)
    return joined


def test_a_subscription_is_confirmed_then_a_snapshot_then_changes(hub: Hub, client: Client) -> None:
    """In this order, with sequences that follow each other and rows up to the limit."""
    hub.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.0)))
    hub.subscribe(client, GAINERS)
    ack, snapshot = taken(hub, client)
    hub.publish(view(("B", 4.0), ("A", 3.0), ("C", 1.0)))
    (change,) = taken(hub, client)

    assert ack == {"type": "subscribed", "feed": "board:gainers", "limit": 2}
    assert [row[:2] for row in snapshot["rows"]] == [["A", 3.0], ["B", 2.0]]
    assert snapshot["columns"][:2] == ["ticker", "change_pct"]
    assert snapshot["as_of"] == "1969-12-31T19:00:01.000-05:00"
    assert (change["sequence"], change["epoch"]) == (snapshot["sequence"] + 1, snapshot["epoch"])
    assert (change["upserts"], change["moves"]) == ([["B", 1, 4.0]], [[1, "A"]])


def test_nothing_is_sent_of_what_did_not_change(hub: Hub, client: Client) -> None:
    """Changes below the limit are no news."""
    hub.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.0)))
    hub.subscribe(client, GAINERS)
    taken(hub, client)
    hub.publish(view(("A", 3.0), ("B", 2.0), ("C", 1.5)))

    assert taken(hub, client) == []


def test_a_client_that_missed_two_states_gets_a_snapshot(hub: Hub, client: Client) -> None:
    """Of the newest state; the one between is never sent."""
    hub.subscribe(client, GAINERS)
    taken(hub, client)
    hub.publish(view(("A", 1.0)))
    hub.publish(view(("A", 2.0)))
    (snapshot,) = taken(hub, client)

    assert (snapshot["type"], snapshot["rows"][0][:2]) == ("snapshot", ["A", 2.0])


def test_subscribing_anew_brings_a_fresh_snapshot(hub: Hub, client: Client) -> None:
    """It is how a client mends a gap; another limit replaces the one before."""
    hub.publish(view(("A", 3.0), ("B", 2.0)))
    hub.subscribe(client, GAINERS)
    taken(hub, client)
    hub.subscribe(client, GAINERS)
    hub.subscribe(client, GAINERS._replace(limit=1))
    messages = taken(hub, client)

    assert [message["type"] for message in messages] == ["subscribed", "subscribed", "snapshot"]
    assert [row[0] for row in messages[-1]["rows"]] == ["A"]
    assert hub.feeds == 1


def test_sequences_never_go_back_when_a_feed_is_left_and_followed_again(hub: Hub, client: Client) -> None:
    """Within an epoch a greater sequence is newer."""
    hub.subscribe(client, GAINERS)
    hub.publish(view(("A", 1.0)))
    before = taken(hub, client)[-1]["sequence"]
    hub.unsubscribe(client, GAINERS)
    hub.publish(view(("A", 2.0)))
    hub.subscribe(client, GAINERS)

    assert taken(hub, client)[-1]["sequence"] > before


def test_the_last_to_leave_ends_the_feed(hub: Hub, client: Client) -> None:
    """Nothing is kept for nobody."""
    hub.subscribe(client, GAINERS)
    hub.leave(client)
    hub.publish(view(("A", 1.0)))

    assert (hub.watched, hub.clients, taken(hub, client)[1:]) == (False, 0, [])


def test_more_feeds_than_allowed_are_refused(hub: Hub, client: Client) -> None:
    """The ones there are stay."""
    for ticker in ("A", "B"):
        hub.subscribe(client, Topic("symbol", ticker))
    with pytest.raises(Refusal, match="at most 2 feeds"):
        hub.subscribe(client, Topic("symbol", "C"))

    assert hub.feeds == 2


def test_leaving_what_is_not_followed_is_refused(hub: Hub, client: Client) -> None:
    """A slip of the name shows."""
    with pytest.raises(Refusal, match="does not follow"):
        hub.unsubscribe(client, GAINERS)


def test_only_the_stalled_are_dropped(hub: Hub, client: Client) -> None:
    """Those whose message has been on its way for too long."""
    ended: list[str] = []
    stalled = Client(lambda: ended.append("stalled"))
    stalled.sending_since = -1000.0
    hub.join(stalled)

    assert (hub.drop_stalled(10), ended, client in hub._clients) == (1, ["stalled"], True)
