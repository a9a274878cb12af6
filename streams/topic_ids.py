"""The broker's id of a topic: another one after the topic was deleted and made again, so old offsets mean nothing."""

from collections.abc import Sequence
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Int64, Schema, TaggedFields

from streams.errors import TopicError


class _MetadataResponse(Response):  # type: ignore[misc] # aiokafka's class is untyped
    """Version 12 of the metadata response, the first with ids for topics asked for by name that all clients may use."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("id_high", Int64),
                ("id_low", Int64),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("in_sync", CompactArray(Int32)),
                        ("offline", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc] # as above
    """Version 12 of the metadata request."""

    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(
                ("id_high", Int64), ("id_low", Int64), ("name", CompactString("utf-8")), ("tags", TaggedFields)
            ),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc] # as above
    """Asks for topics by name."""

    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics: list[tuple[int, int, str, dict[int, bytes]]] = [(0, 0, topic, {}) for topic in topics]

    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> _MetadataRequestStruct:
        """Return the request in the one version there is."""
        return request_struct_class(self._topics, False, False, {})  # noqa: FBT003 - fields by position


async def topic_ids(bootstrap: str, topics: Sequence[str], **connection: Any) -> dict[str, str]:  # noqa: ANN401 - as aiokafka's client
    """Return the id of each topic as 32 hexadecimal digits; raise ``TopicError`` where one is missing."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, **connection)
    try:
        await client.bootstrap()
        response = await client.send(client.get_random_node(), _MetadataRequest(topics))
    except KafkaError as error:
        message = f"no Kafka broker answers at {bootstrap}: {error}"
        raise TopicError(message) from error
    finally:
        await client.close()
    mask = (1 << 64) - 1
    found = {topic[1]: f"{topic[2] & mask:016x}{topic[3] & mask:016x}" for topic in response.topics if topic[0] == 0}
    missing = [topic for topic in topics if topic not in found]
    if missing:
        message = f"no topic {', '.join(missing)} at {bootstrap}: make it by `tickerboard topics`"
        raise TopicError(message)
    return found
