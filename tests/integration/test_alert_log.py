"""The log of alerts on a real Valkey: what workers add comes once, and a gateway reads all there is."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api import event_reader
from api.event_cursor import Cursor, Selections
from api.event_filter import Wanted
from api.event_log import EventLog, Place
from api.event_reader import Entries, EventReader
from schemas import event_log, redis_keys
from schemas.event_log import START, EntryId
from schemas.records import Alert
from streams.alert_log import AlertLog, Shown
from streams.alert_writer import encode
from streams.embedded_valkey import EmbeddedValkey

DATES = ("2026-11-19", "2026-11-20")


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey that the test may empty or kill."""
    with EmbeddedValkey() as server:
        yield server


@pytest.fixture
async def redis(valkey: EmbeddedValkey) -> AsyncIterator[Redis]:
    """Give a connection to it."""
    async with Redis.from_url(valkey.url) as client:
        yield client


def alerts(numbers: range) -> list[Shown]:
    """Make alerts, of two dates by turns."""
    made = [
        Alert(id=f"{number}", kind="new_high", ticker="A", event_time=number, session="regular") for number in numbers
    ]
    return [Shown(DATES[alert.event_time % 2], alert.event_time, encode(alert)) for alert in made]


def times(log: EventLog) -> list[float]:
    """Return the event times that a gateway has."""
    return [] if log.end == log.first else log.rows(log.first, log.end)["values"][:, -1].tolist()


@asynccontextmanager
async def reading(redis: Redis, log: EventLog) -> AsyncIterator[None]:
    """Let a reader fill a log meanwhile."""
    task = asyncio.create_task(EventReader(redis, log, 0.2).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until_read(log: EventLog, end: int) -> None:
    """Wait until a log has been read up to a position."""
    for _ in range(2000):
        if log.end >= end and log.reads:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"read up to {log.end}, not {end}")


async def test_only_what_is_new_comes_into_the_log(redis: Redis) -> None:
    """Into the set of its date and the log at once; made again, it changes neither."""
    log = AlertLog(redis)
    assert await log.add(alerts(range(2500))) == 2500
    assert await log.add(alerts(range(2400, 2600))) == 100
    assert await log.add([]) == 0

    entries = [fields for _, fields in await _entries(redis)]
    packed = [fields[event_log.ALERT] for fields in entries[1:]]
    sets = [await redis.zrange(redis_keys.alerts(date), 0, -1) for date in DATES]
    assert entries[0] == {event_log.BEGIN: await redis.get(redis_keys.alert_log_epoch())}
    assert sorted(packed) == sorted(alert.packed for alert in alerts(range(2600)))
    assert [sorted(of_date) for of_date in sets] == [
        sorted(alert.packed for alert in alerts(range(2600)) if alert.trading_date == date) for date in DATES
    ]


async def test_a_call_that_failed_is_made_again(valkey: EmbeddedValkey, redis: Redis) -> None:
    """Valkey goes away and comes back without what it had, the script too: another log begins."""
    log = AlertLog(redis)
    await log.add(alerts(range(3)))
    epoch = await redis.get(redis_keys.alert_log_epoch())
    valkey.stop()
    with pytest.raises(RedisError):
        await log.add(alerts(range(3, 6)))
    with EmbeddedValkey(port=valkey.port):
        assert await log.add(alerts(range(3, 6))) == 3
        assert await redis.get(redis_keys.alert_log_epoch()) != epoch
        assert await redis.xlen(redis_keys.alert_log()) == 4
        await redis.aclose()


@pytest.mark.parametrize("key", [redis_keys.alert_log(), redis_keys.alert_log_epoch()])
async def test_a_log_without_its_epoch_is_another(redis: Redis, key: str) -> None:
    """Valkey may drop either of the two keys where it runs out of memory; what a gateway has read comes once."""
    log, events = AlertLog(redis), EventLog()
    await log.add(alerts(range(4)))
    async with reading(redis, events):
        await until_read(events, 4)
        epoch = events.epoch
        await redis.delete(key)
        await log.add(alerts(range(2, 6)))
        await until_read(events, 7)
        await asyncio.sleep(0.1)

    assert events.epoch != epoch
    assert [time for time in times(events) if time == time] == [0, 2, 1, 3, 4, 5]  # noqa: PLR0124 (the gap has NaN)


async def test_keys_live_as_long_as_they_should(redis: Redis) -> None:
    """Sets for two days, the log over a long weekend."""
    await AlertLog(redis).add(alerts(range(1)))
    lives = [await redis.ttl(key) for key in (redis_keys.alerts(DATES[0]), "alert_log", "alert_log:epoch")]

    wanted = [redis_keys.TIME_TO_LIVE_SECONDS, *[event_log.TIME_TO_LIVE_SECONDS] * 2]
    assert [abs(life - want) <= 5 for life, want in zip(lives, wanted, strict=True)] == [True] * 3


async def test_a_gateway_reads_all_there_is(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page, several gateways alike, and then what comes."""
    monkeypatch.setattr(event_reader, "PAGE", 100)
    log = AlertLog(redis)
    await log.add(alerts(range(1050)))
    one, other = EventLog(), EventLog()
    async with reading(redis, one):
        await until_read(one, 1050)
        await log.add(alerts(range(1050, 1060)))
        await until_read(one, 1060)
        async with reading(redis, other):
            await until_read(other, 1060)

    assert times(one) == times(other)
    assert sorted(times(one)) == list(range(1060))
    assert one.place_before(one.end) == other.place_before(other.end)
    assert one.place_before(0) == Place(one.epoch or "", START)


async def test_what_valkey_has_dropped_is_a_gap(redis: Redis) -> None:
    """For one who comes back from before it; not for one who has all up to it."""
    log, events = AlertLog(redis, entries=300), EventLog()
    await log.add(alerts(range(0, 2000, 2)))
    oldest = EntryId.of((await _entries(redis))[0][0].decode())
    async with reading(redis, events):
        await until_read(events, 300)

    epoch = events.epoch or ""
    assert 300 <= events.end < 500
    assert events.place_before(0) == Place(epoch, oldest.before)
    assert _kinds(events, Place(epoch, START)) == ["subscribed", "gap expired"]
    assert _kinds(events, Place(epoch, oldest.before)) == ["subscribed"]


async def test_a_reader_that_is_overtaken_says_so(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was dropped before it could be read is a gap for everybody who follows."""
    monkeypatch.setattr(event_reader, "PAGE", 10)
    await AlertLog(redis).add(alerts(range(0, 400, 2)))
    events = EventLog()
    reader = EventReader(redis, events, 1.0)
    for _ in range(3):
        assert await reader._read()
    events.reads = 1
    cursor = Cursor(events, Selections(events).of("alerts", Wanted()))
    told = list(cursor.take().messages)
    await redis.xtrim(redis_keys.alert_log(), maxlen=50, approximate=False)
    while await reader._read():
        pass
    messages = [message.text for message in (*told, *cursor.take().messages)]

    assert '"type":"subscribed"' in messages[0]
    assert '"type":"gap"' in messages[1]
    assert '"expired"' in messages[1]
    assert len(messages) == 2 + 50


async def _entries(redis: Redis) -> Entries:
    return cast("Entries", await redis.xrange(redis_keys.alert_log()))


def _kinds(events: EventLog, place: Place) -> list[str]:
    """Return what one who comes back at a place is told first."""
    cursor = Cursor(events, Selections(events).of("alerts", Wanted()), place)
    frames = [json.loads(message.payload) for message in cursor.take().messages]
    return [" ".join(filter(None, (frame["type"], frame.get("reason")))) for frame in frames]
