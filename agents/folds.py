"""The agents: each takes batches from one topic and hands them to the table that folds them."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import faust
import structlog

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder
from streams.alert_writer import AlertWriter
from streams.background import Backgrounds
from streams.columnar_table import ColumnarTable
from streams.dead_letters import DeadLetterWriter
from streams.tables import TableSpec
from streams.transport import BatchMessage

log = structlog.get_logger()

Fold = Callable[[BatchMessage], Awaitable[None]]


class Sinks(NamedTuple):
    """Where goes what folding brings up."""

    dead_letters: DeadLetterWriter
    alerts: AlertWriter
    backgrounds: Backgrounds


def attach(app: faust.App, spec: TableSpec, table: ColumnarTable, codec: Codec, sinks: Sinks) -> faust.Agent:
    """Declare the agent of a table on an app."""
    decoder = ColumnarDecoder(spec.source.records, codec.prefixes())
    topic = app.topic(spec.source.name, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")

    async def fold(message: BatchMessage) -> None:
        refused, seek = table.fold(message, decoder)
        if refused:
            sinks.dead_letters.put(message, refused)
        if (state := table.states.get(message.partition)) is not None:
            sinks.alerts.take(message.partition, state, sinks.backgrounds.of(message.partition))
        if seek is not None:
            await app.consumer.seek(*seek)

    @app.agent(topic, name=spec.writer)  # type: ignore[untyped-decorator] # faust's
    async def fold_batches(stream: faust.Stream) -> None:
        async for event in stream.events():
            try:
                await fold(event.message)
            except Exception:
                # An agent that raises is restarted, and Faust drops what arrives meanwhile.
                place = {"partition": event.message.partition, "offset": event.message.offset}
                log.exception("batch not folded", topic=spec.source.name, **place)

    return fold_batches
