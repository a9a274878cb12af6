"""``api.perseverance``: what is to be expected is told and tried again, anything else ends it."""

from collections.abc import Iterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from api.perseverance import persevere, sentence


async def test_it_goes_on_after_what_is_to_be_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """With waits that grow up to the longest; also where the dead connections cannot be ended."""
    monkeypatch.setattr("api.perseverance.BACKOFF_SECONDS", (0.001, 0.002))
    problems: Iterator[Exception] = iter(
        [RedisConnectionError("gone"), OSError("away"), ValueError("odd"), OSError(), KeyError("a fault")]
    )
    told: list[str] = []

    async def follow() -> None:
        raise next(problems)

    async def disconnect(*, inuse_connections: bool) -> None:
        assert not inuse_connections
        raise OSError

    async with Redis(port=1) as redis:
        monkeypatch.setattr(redis.connection_pool, "disconnect", disconnect)
        with pytest.raises(KeyError, match="a fault"):
            await persevere(redis, follow, lambda problem: told.append(sentence(problem)))
        monkeypatch.undo()

    assert told == ["gone", "away", "odd", "OSError"]
