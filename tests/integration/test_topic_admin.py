"""Topics come into being as they are declared, once, and differences are refused in words."""

import asyncio
from collections.abc import Callable

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.errors import TopicError
from streams.processes import free_port
from streams.topic_admin import create_topic, create_topics
from streams.topics import TOPICS


async def settings_of(bootstrap: str, topic: str) -> dict[str, str]:
    """Return the settings that the broker has for the topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    finally:
        await admin.close()
    return {entry[0]: entry[1] for entry in response.resources[0][4]}


async def test_every_declared_topic_is_created_once(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """Creating all topics twice creates each once, with its settings."""
    topics = [topic._replace(name=unique(topic.name)) for topic in TOPICS]

    first = await create_topics(kafka_bootstrap, topics, 4, 1)
    second = await create_topics(kafka_bootstrap, topics, 4, 1)

    assert (first, second) == ([topic.name for topic in topics], [])
    for topic in topics:
        assert (await settings_of(kafka_bootstrap, topic.name)).items() >= topic.config().items()


async def test_many_may_create_at_once(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """Of several that create the same topic at the same time, one does, and all succeed."""
    name = unique("raced")

    created = await asyncio.gather(*(create_topic(kafka_bootstrap, name, 2, 1) for _ in range(5)))

    assert sorted(created) == [False, False, False, False, True]


async def test_another_number_of_partitions_is_refused(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """Tickers would meet in different workers, so a topic that differs is an error, and stays as it is."""
    name = unique("aggregates")
    await create_topic(kafka_bootstrap, name, 4, 1)

    with pytest.raises(TopicError, match=f"topic {name} has 4 partitions, not 8"):
        await create_topic(kafka_bootstrap, name, 8, 1)

    assert not await create_topic(kafka_bootstrap, name, 4, 1)


@pytest.mark.parametrize(
    ("name", "replication", "config", "reason"),
    [
        ("no spaces", 1, {}, "Topic name is invalid"),
        ("copies", 3, {}, "replication factor of 3 cannot be reached"),
        ("setting", 1, {"nonsense": "1"}, "Unknown topic config name: nonsense"),
    ],
)
async def test_what_the_broker_refuses_is_told(
    kafka_bootstrap: str, name: str, replication: int, config: dict[str, str], reason: str
) -> None:
    """The broker's reason is in the error."""
    with pytest.raises(TopicError, match=f"Kafka refuses topic {name}: .*{reason}"):
        await create_topic(kafka_bootstrap, name, 1, replication, config)


async def test_a_broker_that_is_not_there_is_named() -> None:
    """Where nobody listens, the error says where."""
    nowhere = f"127.0.0.1:{free_port()}"

    with pytest.raises(TopicError, match=f"Kafka at {nowhere} cannot be used"):
        await create_topic(nowhere, "any", 1, 1)
