"""What a partition writes to a real Valkey is read back as boards and rows, and written anew when it was lost."""

from collections.abc import AsyncIterator
from typing import Final

import numpy as np
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from schemas import redis_keys
from schemas.parts import decode_head
from schemas.records import Reference
from streams import read_model
from streams.background import Background
from streams.document import Document, read_document, read_heads
from streams.partition_state import bar_state
from streams.read_model import ReadModel
from streams.view import States
from tests.unit.market.builders import DAY, DECODER, MINUTE, NEXT_DAY, SECOND, bar, clock, encoded

NOON: Final = DAY.open + 150 * MINUTE


@pytest.fixture
async def model(redis_db: str) -> AsyncIterator[ReadModel]:
    """Give a model that writes to an empty Valkey, for two partitions."""
    async with AsyncRedis.from_url(redis_db) as client:
        yield ReadModel(client, 2)


def background(ticker: str, close: float = 10.0) -> Background:
    """Return what is known of a ticker."""
    known = Background()
    known.put(Reference(ticker=ticker, trading_date=DAY.date.isoformat(), prev_close=close, avg_volume=1000.0))
    return known


def partition(ticker: str, price: float, start: int = NOON) -> States:
    """Return a partition with one bar of a ticker that is known, complete until its end."""
    state = bar_state(SECOND, "00", background(ticker))
    state.start()
    state.fold(DECODER, encoded([bar(ticker, start, price), clock(start + SECOND)]), np.arange(2))
    return States(state)


def document(redis_url: str) -> Document:
    """Read what is there."""
    with Redis.from_url(redis_url) as client:
        return read_document(client)


async def test_boards_and_rows_of_all_partitions(model: ReadModel, redis_db: str) -> None:
    """Parts are merged, best first; undefined is null; every ticker with a bar has its row."""
    assert await model.write(0, partition("A", 11.0))
    assert await model.write(1, partition("B", 12.0))
    await model.write(1, partition("B", 12.0))

    found = document(redis_db)

    assert (found["trading_date"], found["as_of"]) == ("2025-01-06", "2025-01-06T12:00:01-05:00")
    assert found["boards"]["gainers"] == [
        {"rank": 1, "symbol": "B", "value": 20.0},
        {"rank": 2, "symbol": "A", "value": 10.0},
    ]
    assert [row["symbol"] for row in found["boards"]["losers"]] == ["A", "B"]
    assert found["boards"]["relative_volume_at_time"] == []
    assert list(found["symbols"]) == ["A", "B"]
    assert found["symbols"]["A"]["price"] == 11.0
    assert found["symbols"]["A"]["pre_market_high"] is None


async def test_what_has_not_changed_is_not_written_again(model: ReadModel) -> None:
    """Nothing folded, nothing written, until the worker has to show that it lives."""
    states = partition("A", 11.0)

    assert [await model.write(0, states) for _ in range(3)] == [True, False, False]


async def test_nothing_is_written_of_a_partition_without_records(model: ReadModel, redis_db: str) -> None:
    """Before its first record a partition has no trading date to be shown under."""
    assert not await model.write(0, States(bar_state(SECOND, "00")))
    with Redis.from_url(redis_db) as client:
        assert read_heads(client) == []


async def test_a_heartbeat_is_a_head_alone(model: ReadModel, redis_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without news the head goes on saying that the worker lives, with a version and the rows' own one."""
    monkeypatch.setattr(read_model, "HEARTBEAT_SECONDS", 0.0)
    states = partition("A", 11.0)
    await model.write(0, states)
    with Redis.from_url(redis_db) as client:
        (first,) = read_heads(client)
        await model.write(0, states)
        (second,) = read_heads(client)

    assert second.version == first.version + 1
    assert (second.universe_version, second.unshown, second.unalerted) == (first.version, 0, 0)
    assert second.published_time >= first.published_time


async def test_a_head_is_announced(model: ReadModel, redis_db: str) -> None:
    """Whoever listens gets the head, after the parts that it names are there."""
    with Redis.from_url(redis_db) as client, client.pubsub() as listener:
        listener.subscribe(redis_keys.changes())
        listener.get_message(timeout=5)
        await model.write(0, partition("A", 11.0))
        message = listener.get_message(timeout=5)
        assert message is not None
        head = decode_head(message["data"])
        key = redis_keys.board(head.trading_date, head.session, "gainers")

        assert client.hexists(key, "0")
        assert 0 < client.ttl(key) <= redis_keys.TIME_TO_LIVE_SECONDS


async def test_a_wiped_store_is_whole_again(model: ReadModel, redis_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losing Redis costs seconds: everything is written from the worker's state, though nothing has changed."""
    states = partition("A", 11.0)
    await model.write(0, states)
    before = document(redis_db)
    with Redis.from_url(redis_db) as client:
        client.flushall()
    monkeypatch.setattr(read_model, "REWRITE_SECONDS", 0.0)

    assert await model.write(0, states)
    assert document(redis_db) == before


async def test_after_a_failed_write_everything_is_written(redis_db: str) -> None:
    """What could not be written is not taken for written."""
    states = partition("A", 11.0)
    async with AsyncRedis.from_url(redis_db) as client:
        model = ReadModel(client, 1)
        states.bars.fold(DECODER, encoded([bar("A", NOON + SECOND, 15.0)]), np.arange(2, 3))
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(read_model, "board_parts", lambda *_: {"gainers": object()})
            with pytest.raises(TypeError):
                await model.write(0, states)

        assert await model.write(0, states)
    assert document(redis_db)["symbols"]["A"]["price"] == 15.0


async def test_the_newest_trading_date_is_shown(model: ReadModel, redis_db: str) -> None:
    """A partition that still stands at yesterday's end is no part of today's boards."""
    await model.write(0, partition("OLD", 11.0))
    await model.write(1, partition("NEW", 11.0, NEXT_DAY.open))

    found = document(redis_db)

    assert found["trading_date"] == "2025-01-07"
    assert list(found["symbols"]) == ["NEW"]


async def test_a_part_that_is_missing_is_left_out(model: ReadModel, redis_db: str) -> None:
    """A store that has just lost a key shows the rest."""
    await model.write(0, partition("A", 11.0))
    with Redis.from_url(redis_db) as client:
        client.delete(redis_keys.universe("2025-01-06"))

    found = document(redis_db)

    assert found["symbols"] == {}
    assert [row["symbol"] for row in found["boards"]["volume"]] == ["A"]


async def test_versions_go_on_after_a_change_of_hands(model: ReadModel, redis_db: str) -> None:
    """Whoever takes a partition over, or takes it back, writes with a higher version."""
    states = partition("A", 11.0)
    versions = []
    with Redis.from_url(redis_db) as client:
        for kept in ({0}, set[int](), {0}):
            await model.write(0, states)
            versions += [head.version for head in read_heads(client)]
            model.forget(kept)

    assert versions[0] == versions[1] < versions[2]
