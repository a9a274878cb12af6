"""A worker knows all that is known of its tickers before their first bar, and what comes later."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from schemas.clock import monotonic
from schemas.codec import Codec
from schemas.records import Clock, Reference, TradeCondition, VolumeCurve
from streams import reference_follower
from streams.reference_follower import ReferenceFollower
from streams.topic_admin import create_topic

CODEC: Final = Codec()
PARTITIONS: Final = 3
Seen = list[tuple[int, Reference | VolumeCurve | TradeCondition]]


def reference(number: int) -> Reference:
    """Return a record; the number tells it from others."""
    return Reference(ticker=f"T{number}", trading_date="2025-01-06", prev_close=float(number))


def curve(number: int) -> VolumeCurve:
    """Return a curve."""
    return VolumeCurve(ticker=f"T{number}", trading_date="2025-01-06", sample_days=1, seconds=(1,), volumes=(2.0,))


@pytest.fixture
async def topics(
    kafka_bootstrap: str, unique: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Make both topics under names of this test's own."""
    names = unique("reference"), unique("volume_curves")
    for name in names:
        await create_topic(kafka_bootstrap, name, PARTITIONS, 1, {"cleanup.policy": "compact"})
    conditions = unique("trade_conditions")
    await create_topic(kafka_bootstrap, conditions, 1, 1, {"cleanup.policy": "compact"})
    monkeypatch.setattr(reference_follower, "TOPICS", names)
    monkeypatch.setattr(reference_follower, "CONDITIONS", TopicPartition(conditions, 0))
    return names


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer."""
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as running:
        yield running


async def until(reached: Callable[[], bool]) -> None:
    """Wait until something holds."""
    deadline = monotonic() + 20
    while not reached():
        assert monotonic() < deadline, "not reached in time"
        await asyncio.sleep(0.02)


async def test_all_is_read_before_following_goes_on(
    kafka_bootstrap: str, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    """``follow`` returns once both topics are read to their end, for the partitions named; later records come too."""
    for partition in range(PARTITIONS):
        await producer.send_and_wait(topics[0], CODEC.encode(reference(partition)), b"k", partition)
        await producer.send_and_wait(topics[1], CODEC.encode(curve(partition)), b"k", partition)
    seen: Seen = []
    async with ReferenceFollower(kafka_bootstrap, CODEC, lambda *item: seen.append(item)) as follower:
        await follower.follow([], [0, 2])

        assert {partition for partition, _ in seen} == {0, 2}
        assert sorted(record.ticker for _, record in seen if not isinstance(record, TradeCondition)) == [
            "T0",
            "T0",
            "T2",
            "T2",
        ]
        await producer.send_and_wait(topics[0], CODEC.encode(reference(7)), b"k", 2)
        await until(lambda: (2, reference(7)) in seen)


async def test_kept_partitions_go_on_and_new_ones_begin_at_the_beginning(
    kafka_bootstrap: str, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    """After a rebalance nothing of a kept partition is read twice, and nothing of a new one is missed."""
    for partition in range(PARTITIONS):
        await producer.send_and_wait(topics[0], CODEC.encode(reference(partition)), b"k", partition)
    seen: Seen = []
    async with ReferenceFollower(kafka_bootstrap, CODEC, lambda *item: seen.append(item)) as follower:
        await follower.follow([], [0])
        await follower.follow([0], [1])
        assert seen == [(0, reference(0)), (1, reference(1))]
        await producer.send_and_wait(topics[0], CODEC.encode(reference(8)), b"k", 0)
        await until(lambda: (0, reference(8)) in seen)
        seen.clear()
        await follower.follow([1], [0])
        assert seen == [(0, reference(0)), (0, reference(8))]
        await follower.follow([], [])
        await producer.send_and_wait(topics[0], CODEC.encode(reference(9)), b"k", 0)
        await asyncio.sleep(0.3)

    assert (0, reference(9)) not in seen


async def test_what_is_no_reference_is_left_out(
    kafka_bootstrap: str, topics: tuple[str, str], producer: AIOKafkaProducer
) -> None:
    """Tombstones, damaged bytes and other records do not keep the rest from being read."""
    clock = CODEC.encode(Clock(event_time=1, received_time=1))
    for value in (None, b"nonsense", clock, CODEC.encode(reference(1))):
        await producer.send_and_wait(topics[0], value, b"k", 0)
    seen: Seen = []
    async with ReferenceFollower(kafka_bootstrap, CODEC, lambda *item: seen.append(item)) as follower:
        await follower.follow([], [0])

    assert seen == [(0, reference(1))]


@pytest.mark.usefixtures("topics")
async def test_conditions_are_read_whatever_the_partitions(kafka_bootstrap: str, producer: AIOKafkaProducer) -> None:
    """They are no ticker's: whoever follows any partition has them all before it starts, and what is new of them."""
    form_t, odd_lot = (
        TradeCondition(condition=number, name="", updates_high_low=False, updates_last=False, updates_volume=True)
        for number in (12, 37)
    )
    topic = reference_follower.CONDITIONS.topic
    await producer.send_and_wait(topic, CODEC.encode(form_t), b"12", 0)
    seen: Seen = []
    async with ReferenceFollower(kafka_bootstrap, CODEC, lambda *item: seen.append(item)) as follower:
        await follower.follow([], [2])
        assert seen == [(0, form_t)]
        await producer.send_and_wait(topic, CODEC.encode(odd_lot), b"37", 0)
        await until(lambda: seen == [(0, form_t), (0, odd_lot)])
