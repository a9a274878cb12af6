"""Creates topics where they are missing, and refuses those that are not as they have to be."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from schemas import clock
from streams.errors import TopicError
from streams.topics import Topic

NO_ERROR: Final = 0
TOPIC_ALREADY_EXISTS: Final = 36
VISIBLE_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.02


class WantedTopic(NamedTuple):
    """A topic as it has to be on the broker."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


async def create_topics(bootstrap: str, topics: Iterable[Topic], partitions: int, replication: int) -> list[str]:
    """Create the topics that are missing, with their settings, and return their names; see ``create_wanted``."""
    wanted = [WantedTopic(topic.name, partitions, replication, topic.config()) for topic in topics]
    return await create_wanted(bootstrap, wanted)


async def create_topic(
    bootstrap: str, name: str, partitions: int, replication: int, config: Mapping[str, str] | None = None
) -> bool:
    """Create one topic if it is missing and return whether it was; see ``create_wanted``."""
    return bool(await create_wanted(bootstrap, [WantedTopic(name, partitions, replication, config or {})]))


async def create_wanted(bootstrap: str, wanted: Iterable[WantedTopic]) -> list[str]:
    """Create what is missing, wait until it can be used, and return the names of what was created.

    Raises ``TopicError`` when the broker cannot be reached or refuses, or when a topic exists with another number of
    partitions. An existing topic keeps its settings: they may have been changed on purpose.
    """
    by_name = {topic.name: topic for topic in wanted}
    async with _admin(bootstrap) as admin:
        existing = await _partitions(admin, by_name)
        for name, errors in existing.items():
            wanted_count = by_name[name].partitions
            if len(errors) != wanted_count:
                message = f"topic {name} has {len(errors)} partitions, not {wanted_count}: use that, or delete it"
                raise TopicError(message)
        missing = [topic for name, topic in by_name.items() if name not in existing]
        created = await _create(admin, missing) if missing else []
        await _wait_visible(admin, by_name)
    return created


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, client_id="tickerboard-topics")
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        message = f"Kafka at {bootstrap} cannot be used for creating topics: {error}"
        raise TopicError(message) from error
    finally:
        await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, list[int]]:
    """Return the error codes of the partitions (0: it has a leader) of each topic that exists."""
    described = await admin.describe_topics(list(names))
    return {
        topic["topic"]: [partition["error_code"] for partition in topic["partitions"]]
        for topic in described
        if topic["error_code"] == NO_ERROR
    }


async def _create(admin: AIOKafkaAdminClient, missing: list[WantedTopic]) -> list[str]:
    """Create the topics; one that another process creates meanwhile is left to the wait that follows."""
    request = [
        NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.config)) for topic in missing
    ]
    response = await admin.create_topics(request)
    created = []
    for name, code, reason, *_ in response.topic_errors:
        if code == NO_ERROR:
            created.append(name)
        elif code != TOPIC_ALREADY_EXISTS:
            message = f"Kafka refuses topic {name}: {reason or for_code(code).__name__}"
            raise TopicError(message)
    return created


async def _wait_visible(admin: AIOKafkaAdminClient, wanted: Mapping[str, WantedTopic]) -> None:
    """Wait until every partition has a leader: clients that come before would only retry."""
    deadline = clock.monotonic() + VISIBLE_SECONDS
    while True:
        known = await _partitions(admin, wanted)
        late = [name for name, topic in wanted.items() if known.get(name) != [NO_ERROR] * topic.partitions]
        if not late:
            return
        if clock.monotonic() > deadline:
            message = f"no leader for every partition of {', '.join(sorted(late))} after {VISIBLE_SECONDS:g} s"
            raise TopicError(message)
        await asyncio.sleep(POLL_SECONDS)
