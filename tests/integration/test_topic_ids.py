"""The broker's own id of a topic tells a topic made anew from the one that was deleted."""

from collections.abc import Callable

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from streams.errors import TopicError
from streams.processes import free_port
from streams.topic_admin import create_topic
from streams.topic_ids import topic_ids


async def test_each_topic_has_an_id_of_its_own(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """Ids are 32 hexadecimal digits, differ, and stay what they are."""
    names = [unique("first"), unique("second")]
    for name in names:
        await create_topic(kafka_bootstrap, name, 2, 1)

    found = await topic_ids(kafka_bootstrap, names)

    assert list(found) == names
    assert len(set(found.values())) == 2
    assert all(len(number) == 32 and int(number, 16) for number in found.values())
    assert await topic_ids(kafka_bootstrap, names[:1]) == {names[0]: found[names[0]]}


async def test_a_topic_made_anew_has_another_id(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """Offsets of the old one mean nothing in the new one, and this is how to know."""
    name = unique("again")
    await create_topic(kafka_bootstrap, name, 1, 1)
    before = await topic_ids(kafka_bootstrap, [name])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name])
    finally:
        await admin.close()
    await create_topic(kafka_bootstrap, name, 1, 1)

    assert (await topic_ids(kafka_bootstrap, [name]))[name] != before[name]


async def test_a_missing_topic_is_named(kafka_bootstrap: str, unique: Callable[[str], str]) -> None:
    """The error says which, and what to do; asking does not make it."""
    name = unique("missing")
    for _ in range(2):
        with pytest.raises(TopicError, match=f"no topic {name} at .*tickerboard topics"):
            await topic_ids(kafka_bootstrap, [name])


async def test_a_broker_that_is_not_there_is_named() -> None:
    """Where nobody listens, the error says where."""
    nowhere = f"127.0.0.1:{free_port()}"
    with pytest.raises(TopicError, match=f"no Kafka broker answers at {nowhere}"):
        await topic_ids(nowhere, ["any"])
