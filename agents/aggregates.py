"""Folds bars into the table of symbols."""

from collections.abc import Awaitable, Callable

import faust
import structlog

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder
from schemas.records import Aggregate, Clock
from streams.columnar_table import ColumnarTable
from streams.dead_letters import DeadLetterWriter
from streams.topics import AGGREGATES
from streams.transport import BatchMessage

log = structlog.get_logger()

Fold = Callable[[BatchMessage], Awaitable[None]]


def attach(app: faust.App, table: ColumnarTable, codec: Codec, dead_letters: DeadLetterWriter) -> faust.Agent:
    """Declare the agent on an app."""
    decoder = ColumnarDecoder((Aggregate, Clock), codec.prefixes())
    topic = app.topic(AGGREGATES.name, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")

    async def fold(message: BatchMessage) -> None:
        refused, seek = table.fold(message, decoder)
        if refused:
            dead_letters.put(message, refused)
        if seek is not None:
            await app.consumer.seek(*seek)

    @app.agent(topic, name="agents.aggregates")  # type: ignore[untyped-decorator] # faust's
    async def fold_aggregates(stream: faust.Stream) -> None:
        async for event in stream.events():
            try:
                await fold(event.message)
            except Exception:
                # An agent that raises is restarted, and Faust drops what arrives meanwhile.
                log.exception("batch not folded", partition=event.message.partition, offset=event.message.offset)

    return fold_aggregates
