"""``api.hub``: events beside states, without a socket."""

import json

import pytest

from api import messages
from api.event_filter import Wanted
from api.event_log import EventLog, Place
from api.event_requests import Listen
from api.hub import Hub
from api.refusals import Refusal
from api.topics import Topic, symbol_columns
from schemas.event_log import START, EntryId
from tests.support.event_logs import alert, entries, log_of
from tests.unit.api.test_hub import GAINERS, Watcher

ALERTS = Listen("alerts", Wanted())


@pytest.fixture
def log() -> EventLog:
    """Return an empty log that has been read."""
    return log_of()


@pytest.fixture
def hub(log: EventLog) -> Hub:
    """Return a hub that allows two feeds."""
    return Hub(2, 10, log)


@pytest.fixture
def watcher(hub: Hub) -> Watcher:
    """Return a client that has joined."""
    return Watcher(hub)


def types(watcher: Watcher) -> list[str]:
    """Return what a client has got since the last call."""
    return [frame.get("event", {}).get("id") or frame.get("reason") or frame["type"] for frame in watcher.taken()]


async def test_events_come_with_the_next_sweep(hub: Hub, log: EventLog, watcher: Watcher) -> None:
    """After answers and states; nothing is sent where there is nothing new."""
    hub.listen(watcher.client, ALERTS)
    watcher.subscribe(GAINERS)
    assert types(watcher) == ["subscribed", "snapshot", "subscribed"]
    log.append(entries(alert(1), alert(2)))
    hub.update(1.0)
    await hub.sweep()
    sent = [frame["event"]["id"] for frame in watcher.wire.sent]
    watcher.wire.sent.clear()
    hub.update(2.0)
    await hub.sweep()

    assert sent == ["1", "2"]
    assert watcher.wire.sent == []


def test_large_states_do_not_starve_events(
    hub: Hub, log: EventLog, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of them is in every burst."""
    monkeypatch.setattr("api.clients.BURST_BYTES", 1)
    hub.listen(watcher.client, ALERTS)
    watcher.subscribe(GAINERS)
    watcher.taken()
    log.append(entries(alert(1)))
    hub.reply(watcher.client, messages.pong(1))
    hub.reply(watcher.client, messages.pong(2))
    burst = watcher.client.burst()

    assert burst is not None
    assert [json.loads(message.payload)["type"] for message in burst.messages] == ["pong", "event"]


def test_other_filters_replace(hub: Hub, log: EventLog, watcher: Watcher) -> None:
    """The feed counts once."""
    hub.listen(watcher.client, ALERTS)
    hub.listen(watcher.client, Listen("alerts", Wanted(tickers=frozenset({"B"}))))
    log.append(entries(alert(1), alert(2, ticker="B")))
    watcher.subscribe(GAINERS)

    assert types(watcher) == ["subscribed", "snapshot", "subscribed"]
    log.append(entries(alert(3), alert(4, ticker="B"), start=5))
    assert types(watcher) == ["4"]


def test_feeds_of_events_count_as_others_do(hub: Hub, watcher: Watcher) -> None:
    """What is one too many is refused, and all others stay."""
    hub.listen(watcher.client, ALERTS)
    hub.listen(watcher.client, Listen("halts", Wanted()))
    with pytest.raises(Refusal, match="at most 2 feeds"):
        watcher.subscribe(Topic("symbol", "A", 1, symbol_columns()))
    hub.unsubscribe(watcher.client, ["halts"])
    watcher.subscribe(GAINERS)
    with pytest.raises(Refusal, match="at most 2 feeds"):
        hub.listen(watcher.client, Listen("halts", Wanted()))
    with pytest.raises(Refusal, match="does not follow"):
        hub.unsubscribe(watcher.client, ["alerts", "halts"])

    assert list(watcher.client.cursors) == ["alerts"]


def test_nothing_comes_after_the_end_is_confirmed(hub: Hub, log: EventLog, watcher: Watcher) -> None:
    """Not even what had happened before."""
    hub.listen(watcher.client, ALERTS)
    watcher.taken()
    log.append(entries(alert(1)))
    hub.unsubscribe(watcher.client, ["alerts"])

    assert types(watcher) == ["unsubscribed"]


def test_who_comes_back_gets_each_once(hub: Hub, log: EventLog, watcher: Watcher) -> None:
    """From the place of the last frame it got."""
    log.append(entries(alert(1), alert(2), alert(3)))
    hub.listen(watcher.client, ALERTS._replace(since=Place("one", EntryId(1, 0))))

    assert types(watcher) == ["subscribed", "2", "3"]


def test_a_stuck_client_is_owed_nothing_but_its_place(hub: Hub, log: EventLog, watcher: Watcher) -> None:
    """What it missed comes once it reads, or a gap where that is too long ago."""
    hub.listen(watcher.client, ALERTS._replace(since=Place("one", START)))
    watcher.wire.full = 10
    log.append(entries(*(alert(number) for number in range(200))))
    assert types(watcher) == []
    watcher.wire.full = 0
    got = types(watcher)

    assert got[:2] == ["subscribed", "expired"]
    assert got[-1] == "199"
