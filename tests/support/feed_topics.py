"""The feed's topics on a test's Kafka: what was written to them since a mark, partition by partition, in order."""

from collections import defaultdict
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import Codec
from schemas.records import Record
from streams.topic_admin import create_topics
from streams.topics import TOPICS, Topic

PARTITIONS: Final = 8


class Written(NamedTuple):
    """One message read back."""

    key: bytes | None
    record: Record
    value: bytes
    timestamp: int


class FeedTopics:
    """Reads what is written to the topics after ``mark``."""

    def __init__(self, bootstrap: str) -> None:
        """Take the broker."""
        self._bootstrap = bootstrap
        self._from: dict[TopicPartition, int] = {}

    async def mark(self) -> None:
        """Make the topics where they are missing; what is written from now on counts."""
        await create_topics(self._bootstrap, TOPICS, PARTITIONS, 1)
        async with self._consumer() as consumer:
            self._from = await consumer.end_offsets(
                [TopicPartition(topic.name, partition) for topic in TOPICS for partition in range(PARTITIONS)]
            )

    async def read(self, *topics: Topic) -> dict[tuple[str, int], list[Written]]:
        """Return what is in the topics by name and partition."""
        codec = Codec()
        found: dict[tuple[str, int], list[Written]] = defaultdict(list)
        names = {topic.name for topic in topics}
        async with self._consumer() as consumer:
            places = [place for place in self._from if place.topic in names]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, self._from[place])
            ends = await consumer.end_offsets(places)
            waiting = {place: end for place, end in ends.items() if end > self._from[place]}
            while waiting:
                for place, messages in (await consumer.getmany(timeout_ms=1000)).items():
                    for message in messages:
                        written = Written(message.key, codec.decode(message.value), message.value, message.timestamp)
                        found[place.topic, place.partition].append(written)
                    if messages and messages[-1].offset + 1 >= waiting.get(place, 0):
                        waiting.pop(place, None)
        return dict(found)

    async def records(self, topic: Topic, kind: type[Any]) -> list[Any]:
        """Return the records of one type in a topic, partition after partition."""
        found = await self.read(topic)
        return [written.record for place in sorted(found) for written in found[place] if type(written.record) is kind]

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(bootstrap_servers=self._bootstrap, enable_auto_commit=False)
