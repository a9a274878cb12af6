"""The gateway and its clients while Redis or the gateway itself goes away and comes back."""

import os
import signal
from collections.abc import Iterator

import pytest
import redis

from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import answer_when, follower, gateway
from tests.support.workers import Workers

BEFORE = {"A": {"change_pct": 1.0}}
AFTER = {"A": {"change_pct": 2.0}, "B": {"change_pct": 1.0}}


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey that the test may kill."""
    with EmbeddedValkey() as server:
        yield server


async def test_redis_killed_and_back(valkey: EmbeddedValkey) -> None:
    """Clients hear that the data is stale, keep their socket, and get the new state by themselves."""
    with gateway(valkey.url) as address, redis.Redis.from_url(valkey.url) as connection:
        port = valkey.port
        before = Workers(connection)
        before.write(BEFORE)
        async with follower(address) as client:
            await client.say(action="subscribe", feed="board:gainers")
            await client.until_rows("board:gainers", lambda rows: len(rows) == 1)
            valkey.stop()
            told = await client.until(lambda message: message.get("reason") == "redis_unreachable")
            ready = await answer_when(address, "/readyz", lambda answer: answer.status_code == 503)
            with EmbeddedValkey(port=port) as back, redis.Redis.from_url(back.url) as again:
                Workers(again, event_time=before.event_time + 1000).write(AFTER)
                rows = await client.until_rows("board:gainers", lambda rows: len(rows) == 2)
                await client.until(lambda message: message["type"] == "heartbeat" and not message["stale"])
                await answer_when(address, "/readyz", lambda answer: answer.status_code == 200)

    assert (told["stale"], ready.json()["reason"]) == (True, "redis_unreachable")
    assert [row[:2] for row in rows] == [("A", 2.0), ("B", 1.0)]


async def test_redis_wiped(valkey: EmbeddedValkey) -> None:
    """What was last known stays, marked stale, until the workers have written again."""
    with gateway(valkey.url) as address, redis.Redis.from_url(valkey.url) as connection:
        workers = Workers(connection)
        workers.write(BEFORE)
        async with follower(address) as client:
            await client.say(action="subscribe", feed="board:gainers")
            held = await client.until_rows("board:gainers", lambda rows: len(rows) == 1)
            connection.flushall()
            told = await client.until(lambda message: message.get("reason") == "no_data")
            assert client.rows["board:gainers"] == held
            workers.event_time += 1000
            workers.write(AFTER)
            await client.until_rows("board:gainers", lambda rows: len(rows) == 2)
            await client.until(lambda message: message["type"] == "heartbeat" and not message["stale"])

    assert told["stale"]


async def test_redis_frozen(valkey: EmbeddedValkey) -> None:
    """A server that accepts connections and answers nothing is told from one that has nothing new."""
    with gateway(valkey.url) as address, redis.Redis.from_url(valkey.url) as connection:
        workers = Workers(connection)
        workers.write(BEFORE)
        async with follower(address) as client:
            await client.say(action="subscribe", feed="board:gainers")
            await client.until_rows("board:gainers", lambda rows: len(rows) == 1)
            os.kill(valkey.pid, signal.SIGSTOP)
            try:
                await client.until(lambda message: message.get("reason") == "redis_unreachable")
            finally:
                os.kill(valkey.pid, signal.SIGCONT)
            workers.write(AFTER)
            await client.until_rows("board:gainers", lambda rows: len(rows) == 2)


async def test_a_gateway_started_first_waits_for_redis_and_for_workers() -> None:
    """It says which of the two is missing, serves clients an empty board meanwhile, and then the rows."""
    with EmbeddedValkey() as once:
        port, url = once.port, once.url
    with gateway(url) as address:
        async with follower(address) as client:
            await client.say(action="subscribe", feed="board:gainers")
            await client.until_rows("board:gainers", lambda rows: rows == [])
            before = client.frames["board:gainers"]["event_time"]
            await client.until(lambda message: message.get("reason") == "redis_unreachable")
            with EmbeddedValkey(port=port) as back, redis.Redis.from_url(back.url) as connection:
                await client.until(lambda message: message.get("reason") == "no_data")
                Workers(connection).write(AFTER)
                await client.until_rows("board:gainers", lambda rows: len(rows) == 2)

    assert before is None


async def test_a_client_comes_back_to_a_restarted_gateway(valkey: EmbeddedValkey) -> None:
    """Another epoch, and a snapshot that is whole by itself."""
    with redis.Redis.from_url(valkey.url) as connection:
        Workers(connection).write(AFTER)
        epochs = []
        for _ in range(2):
            with gateway(valkey.url) as address:
                async with follower(address) as client:
                    await client.say(action="subscribe", feed="board:gainers")
                    await client.until_rows("board:gainers", lambda rows: len(rows) == 2)
                    epochs.append(client.frames["board:gainers"]["epoch"])

    assert epochs[0] != epochs[1]


async def test_clients_are_told_when_the_gateway_stops(valkey: EmbeddedValkey) -> None:
    """A close frame with the code of a restart, so that they come back."""
    with gateway(valkey.url) as address:
        context = follower(address)
        client = await context.__aenter__()
        await client.of_type("heartbeat")
    await client.socket.wait_closed()

    assert client.socket.close_code == 1012
    await context.__aexit__(None, None, None)
