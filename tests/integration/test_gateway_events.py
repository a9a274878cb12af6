"""Alerts over the socket: real gateways on a real Valkey, to whose log a worker's own code adds."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import pytest
from redis.asyncio import Redis

from schemas import redis_keys
from schemas.clock import monotonic
from schemas.records import Alert
from streams.alert_log import AlertLog, Shown
from streams.alert_writer import encode
from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import Follower, follower, gateway

pytestmark = pytest.mark.integration

DATE: Final = "2026-11-20"
NOON: Final = 1_795_194_000_000
KINDS: Final = ("new_high", "new_low", "halted", "resumed")
SETTLE_SECONDS: Final = 1.0
"""Longer than events take to come, where none should."""


class Writer:
    """Makes alerts, each another one, and writes them as workers do."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self.made = 0

    def make(self, count: int) -> list[Alert]:
        """Make alerts of four kinds and two tickers, with prices from 0 to 9 dollars."""
        numbers = range(self.made, self.made + count)
        self.made += count
        return [
            Alert(
                id=f"alert-{number}",
                kind=KINDS[number % 4],
                ticker="AB"[number // 4 % 2],
                event_time=NOON + number,
                session="regular",
                price=float(number % 10),
                note="as it happened" if number % 3 else "",
            )
            for number in numbers
        ]

    async def write(self, alerts: Sequence[Alert]) -> int:
        """Write them; return how many were new."""
        return await AlertLog(self.redis).add(Shown(DATE, alert.event_time, encode(alert)) for alert in alerts)

    async def add(self, count: int) -> list[Alert]:
        """Make some and write them."""
        alerts = self.make(count)
        await self.write(alerts)
        return alerts


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey that the test may empty or kill."""
    with EmbeddedValkey() as server:
        yield server


@asynccontextmanager
async def writer_to(valkey: EmbeddedValkey) -> AsyncIterator[Writer]:
    """Give a writer to a Valkey."""
    async with Redis.from_url(valkey.url) as redis:
        yield Writer(redis)


async def events(client: Follower, count: int) -> list[dict[str, Any]]:
    """Return the next events and gaps, so many of them."""
    return [await client.until(lambda message: message["type"] in ("event", "gap")) for _ in range(count)]


async def nothing_more(client: Follower) -> bool:
    """Tell whether neither an event nor a gap comes for a while, in which heartbeats do."""
    end = monotonic() + SETTLE_SECONDS
    while monotonic() < end:
        if (await client.next())["type"] in ("event", "gap"):
            return False
    return True


def ids(frames: Sequence[dict[str, Any]]) -> list[str]:
    """Return which alerts some frames have."""
    return [frame["event"]["id"] if frame["type"] == "event" else frame["reason"] for frame in frames]


async def test_an_alert_comes_as_it_was_written(valkey: EmbeddedValkey) -> None:
    """With its place in the log and its times; what happened before the subscription does not come."""
    async with writer_to(valkey) as writer:
        await writer.add(3)
        with gateway(valkey.url) as address:
            async with follower(address) as client:
                await client.say(action="subscribe", feed="alerts", history=1)
                (before,) = await events(client, 1)
                await client.say(action="subscribe", feed="alerts", kinds=["new_low", "resumed"])
                told = await client.of_type("subscribed")
                (alert, *_) = [alert for alert in await writer.add(4) if alert.kind == "resumed"]
                (frame, _) = await events(client, 2)
                newest = await writer.redis.xinfo_stream(redis_keys.alert_log())
                alone = await nothing_more(client)

    assert before["event"]["id"] == "alert-2"
    assert (told["epoch"], told["kinds"], told["tickers"], told["filter"]) == (
        before["epoch"],
        ["new_low", "resumed"],
        [],
        "",
    )
    assert told["sequence"] == before["sequence"]
    assert frame == {
        "type": "event",
        "feed": "alerts",
        "epoch": before["epoch"],
        "sequence": frame["sequence"],
        "event_time": alert.event_time,
        "published_time": int(frame["sequence"].partition("-")[0]),
        "event": json.loads(encode(alert)),
    }
    assert newest["last-generated-id"].decode() == frame["sequence"].replace("-0", "-3")
    assert alone


async def test_filters_and_the_feed_of_halts(valkey: EmbeddedValkey) -> None:
    """Kinds, tickers and a condition on the alert's own numbers; halts are alerts under a name of their own."""
    async with writer_to(valkey) as writer:
        with gateway(valkey.url) as address:
            async with follower(address) as client:
                await client.say(
                    action="subscribe",
                    feed="alerts",
                    kinds=["new_high", "halted"],
                    tickers=["B"],
                    filter="price >= 4  AND quality_days is null",
                )
                told = await client.of_type("subscribed")
                await client.say(action="subscribe", feed="halts", tickers=["A"])
                await client.of_type("subscribed")
                wanted = await writer.add(40)
                frames = [await client.until(lambda message: message["type"] == "event") for _ in range(16)]
                alone = await nothing_more(client)

    of_feed = {feed: ids([frame for frame in frames if frame["feed"] == feed]) for feed in ("alerts", "halts")}
    assert told["filter"] == "price >= 4 AND quality_days IS NULL"
    assert of_feed["alerts"] == [
        alert.id
        for alert in wanted
        if alert.kind in ("new_high", "halted") and alert.ticker == "B" and (alert.price or 0) >= 4
    ]
    assert of_feed["halts"] == [
        alert.id for alert in wanted if alert.kind in ("halted", "resumed") and alert.ticker == "A"
    ]
    assert alone


async def test_a_client_moves_between_gateways(valkey: EmbeddedValkey) -> None:
    """Its connection is cut again and again amid a stream of alerts; each wanted one comes exactly once, in order."""
    async with writer_to(valkey) as writer, AsyncExitStack() as stack:
        addresses = [stack.enter_context(gateway(valkey.url)) for _ in range(2)]
        asked = {"feed": "alerts", "kinds": ["new_high", "halted", "resumed"], "filter": "price <> 3"}
        before = await writer.add(5)
        writing = asyncio.create_task(_stream(writer, 60))
        got: list[dict[str, Any]] = []
        place: dict[str, Any] = {}
        for number in range(8):
            async with follower(addresses[number % 2]) as client:
                if place:
                    await client.say(action="resume", **asked, **place)
                else:
                    await client.say(action="subscribe", **asked)
                    told = await client.of_type("subscribed")
                    place = {"epoch": told["epoch"], "sequence": told["sequence"]}
                for frame in await events(client, 60):
                    got.append(frame)
                    place = {"epoch": frame["epoch"], "sequence": frame["sequence"]}
                client.socket.transport.abort()
        written = before + await writing
        async with follower(addresses[0]) as client:
            await client.say(action="resume", **asked, **place)
            wanted = [alert.id for alert in written if alert.kind != "new_low" and alert.price != 3]
            begun = wanted.index(got[0]["event"]["id"])
            got += await events(client, len(wanted) - begun - len(got))
            alone = await nothing_more(client)

    assert ids(got) == wanted[begun:]
    assert alone


async def _stream(writer: Writer, batches: int) -> list[Alert]:
    """Write alerts for a while, some of them twice."""
    written: list[Alert] = []
    for _ in range(batches):
        alerts = writer.make(20)
        assert await writer.write(alerts) == 20
        assert await writer.write(alerts[5:]) == 0
        written += alerts
        await asyncio.sleep(0.02)
    return written


async def test_the_log_is_lost(valkey: EmbeddedValkey) -> None:
    """Valkey is emptied: a gap that names the new log, then what is new; what workers put back does not come again."""
    async with writer_to(valkey) as writer:
        with gateway(valkey.url) as address:
            async with follower(address) as client:
                await client.say(action="subscribe", feed="alerts")
                await client.of_type("subscribed")
                old = await writer.add(4)
                before = await events(client, 4)
                await writer.redis.flushall()
                (missed,) = await writer.add(1)
                await writer.write(old)
                last = await writer.add(1)
                after = await events(client, 3)
                alone = await nothing_more(client)
                async with follower(address) as again:
                    place = {"epoch": before[1]["epoch"], "sequence": before[1]["sequence"]}
                    await again.say(action="resume", feed="alerts", **place)
                    resumed = await events(again, 5)
            with gateway(valkey.url) as other:
                async with follower(other) as stranger:
                    await stranger.say(action="resume", feed="alerts", history=1, **place)
                    unknown = await events(stranger, 2)

    gap = after[0]
    assert (gap["from"], gap["to"]) == (before[-1]["sequence"], "0-0")
    assert gap["epoch"] == after[1]["epoch"] != before[0]["epoch"]
    assert ids(after) == ["log_replaced", missed.id, last[0].id]
    assert ids(resumed) == [old[2].id, old[3].id, *ids(after)]
    assert alone
    assert ids(unknown) == ["unknown_place", last[0].id]


async def test_valkey_restarts(valkey: EmbeddedValkey) -> None:
    """The gateway comes back to it by itself, and its clients keep their socket."""
    port = valkey.port
    with gateway(valkey.url) as address:
        async with follower(address) as client:
            async with writer_to(valkey) as writer:
                await client.say(action="subscribe", feed="alerts")
                await client.of_type("subscribed")
                await writer.add(2)
                before = await events(client, 2)
            valkey.stop()
            await client.until(lambda message: message.get("reason") == "redis_unreachable")
            with EmbeddedValkey(port=port) as back:
                async with writer_to(back) as again:
                    again.made = writer.made
                    await again.add(2)
                    after = await events(client, 3)

    assert ids(before + after) == ["alert-0", "alert-1", "log_replaced", "alert-2", "alert-3"]


async def test_who_comes_before_the_log_gets_its_first_event(valkey: EmbeddedValkey) -> None:
    """It is before the first place there is, and may come back from there."""
    async with writer_to(valkey) as writer:
        with gateway(valkey.url) as address:
            async with follower(address) as client:
                await client.say(action="subscribe", feed="alerts")
                told = await client.of_type("subscribed")
                await asyncio.sleep(SETTLE_SECONDS)
                await writer.add(1)
                (frame,) = await events(client, 1)

            async with follower(address) as again:
                await again.say(action="resume", feed="alerts", epoch=told["epoch"], sequence=told["sequence"])
                (resumed,) = await events(again, 1)

    assert (told["epoch"], told["sequence"]) == ("", "0-0")
    assert frame["event"]["id"] == "alert-0"
    assert resumed == frame


async def test_a_client_that_never_reads(valkey: EmbeddedValkey) -> None:
    """The gateway queues nothing for it: what it holds stays small, and another client gets every alert at once."""
    async with writer_to(valkey) as writer:
        with gateway(valkey.url) as address:
            idle = _deaf(address)
            async with follower(address) as client:
                await client.say(action="subscribe", feed="alerts")
                await client.of_type("subscribed")
                got: list[str] = []
                for _ in range(20):
                    await writer.add(500)
                    got += ids(await events(client, 500))
            idle.close()

    assert got == [f"alert-{number}" for number in range(10_000)]


def _deaf(address: str) -> socket.socket:
    """Return a raw socket with next to no room, which has subscribed to alerts and reads nothing."""
    host, port = address.split(":")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((host, int(port)))
    hello = (
        f"GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    deaf.sendall(hello.encode())
    text = json.dumps({"action": "subscribe", "feed": "alerts"}).encode()
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(text))
    deaf.sendall(bytes((0x81, 0x80 | len(text))) + mask + masked)
    return deaf
