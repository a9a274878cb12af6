"""The one writer of the feed's topics: records keyed by ticker, clock records in every partition, in order and once.

Records reach a partition in the order in which they were given, whatever their types, clock records among them. Bars,
trades, quotes and bands, which come in masses, are encoded in columns by a kernel; the rest one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np

from schemas import clock
from schemas.codec import Codec
from schemas.columnar import Integers
from schemas.records import (
    Aggregate,
    Clock,
    DeadLetter,
    Halt,
    LimitBand,
    Quote,
    Record,
    Reference,
    Trade,
    TradeCondition,
    VolumeCurve,
)
from streams.feed.batch_sender import BatchSender, PublishError
from streams.feed.columns import Columns, plan_of
from streams.feed.feed_clock import ClockPoints
from streams.feed.packing import NO_KEY, Clocks, Packer, join_bytes
from streams.feed.partitioner import Partitioner
from streams.feed.record_columns import columns_of
from streams.feed.record_writer import Template
from streams.feed.series import Series, Single, pieces
from streams.topics import CLOCKED, DEAD_LETTERS, TOPICS, TRADE_CONDITIONS, Topic

__all__ = ["PublishError", "Publisher"]

NO_CLOCKS: Final = ClockPoints(np.empty(0, np.int64), np.empty(0, np.int64))
COLUMNAR: Final = (Aggregate, Trade, Quote, LimitBand)
TOPIC_OF: Final = {kind: topic for topic in TOPICS for kind in topic.records if kind is not Clock}
"""Every record type but the clock belongs to one topic."""
WAITING_BYTES: Final = 8 << 20
WAITING_RECORDS: Final = 1 << 16
"""What ``publish`` lets wait before it sends."""


@dataclass(slots=True)
class _Messages:
    """Encoded messages that wait for one partition; an empty key is null."""

    keys: list[bytes] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)


class Publisher:
    """Writes a feed's records to Kafka; use it as an async context manager."""

    def __init__(
        self, bootstrap: str, codec: Codec, partitions: int, clocked: Sequence[Topic] = CLOCKED, *, lz4: bool = True
    ) -> None:
        """Take the brokers, the codec, the partitions of each topic keyed by ticker, and the topics with clocks."""
        self._sender = BatchSender(bootstrap, lz4=lz4)
        self._codec = codec
        self._clocked = tuple(clocked)
        self._packer = Packer()
        self._partition_of = Partitioner(partitions)
        self._series: dict[type[msgspec.Struct], Series] = {kind: Series() for kind in COLUMNAR}
        self._messages: dict[tuple[str, int], _Messages] = {}
        self._waiting_bytes = 0
        self._letters = 0

    @property
    def records_sent(self) -> int:
        """Records handed to Kafka, clock records included."""
        return self._sender.records

    @property
    def bytes_sent(self) -> int:
        """Bytes of the batches they were in, compressed."""
        return self._sender.bytes

    async def __aenter__(self) -> Self:
        """Connect; raise ``PublishError`` where no broker answers."""
        await self._sender.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Send what waits, unless an error got here, and disconnect."""
        try:
            if error is None:
                await self.flush()
        finally:
            await self._sender.stop()

    def add(self, record: Record) -> None:
        """Put a record behind those that wait for its partition; dead letters take partitions in turn."""
        series = self._series.get(type(record))
        if series is not None:
            series.records.append(record)
        elif isinstance(record, Clock):
            self.add_clock(record.event_time, record.received_time)
        elif isinstance(record, DeadLetter):
            self._letters += 1
            self._add_message(DEAD_LETTERS, NO_KEY, self._letters % self._partition_of.partitions, record)
        elif isinstance(record, TradeCondition):
            self._add_message(TRADE_CONDITIONS, str(record.condition).encode(), 0, record)
        elif isinstance(record, Halt):
            value = self._codec.encode(record)
            self._series[LimitBand].add_single(self._partition_of(record.ticker), record.ticker.encode(), value)
            self._waiting_bytes += len(value)
        else:
            partition = self._partition_of(record.ticker)
            # One day's reference replaces no other's, though both lie in the ticker's partition.
            date = f"@{record.trading_date}" if isinstance(record, Reference | VolumeCurve) else ""
            self._add_message(TOPIC_OF[type(record)], f"{record.ticker}{date}".encode(), partition, record)

    def add_clock(self, event_time: int, received_time: int | None = None) -> None:
        """Put a clock record (ms) behind what waits for every partition of every topic that has clocks."""
        value = self._encoded_clock(event_time, clock.now_ms() if received_time is None else received_time)
        for kind, series in self._series.items():
            if TOPIC_OF[kind] in self._clocked:
                series.add_clock(value)

    def _add_message(self, topic: Topic, key: bytes, partition: int, record: Record) -> None:
        """Let a record wait that is encoded by itself."""
        waiting = self._messages.setdefault((topic.name, partition), _Messages())
        value = self._codec.encode(record)
        waiting.keys.append(key)
        waiting.values.append(value)
        self._waiting_bytes += len(value)

    async def send(self) -> None:
        """Hand what waits to the producer; raise ``PublishError`` where an earlier batch was refused."""
        for kind, series in self._series.items():
            if series:
                self._series[kind] = Series()
                columns = columns_of(kind, series.records) if series.records else None
                positions = np.array(series.clock_positions, np.int64)
                await self._send_columns(kind, columns, positions, series.clocks, series.singles)
        messages, self._messages, self._waiting_bytes = self._messages, {}, 0
        for (topic, partition), waiting in messages.items():
            place = partition % await self._partitions(topic)
            for packed in self._packer.messages(waiting.keys, waiting.values):
                await self._sender.send(topic, place, packed)
        self._sender.raise_refused()

    async def publish(self, records: Iterable[Record]) -> None:
        """Add records and send them; any number of them, for they do not all wait at once."""
        for count, record in enumerate(records, start=1):
            self.add(record)
            if self._waiting_bytes > WAITING_BYTES or count % WAITING_RECORDS == 0:
                await self.send()
        await self.send()

    async def clock(self, event_time: int) -> None:
        """Say that every record with an event time (ms) up to and including this one has been written."""
        self.add_clock(event_time)
        await self.send()

    async def publish_columns(self, columns: Columns, points: ClockPoints = NO_CLOCKS) -> None:
        """Publish rows in their order with the clock records due among them, as ``add`` of each in turn would."""
        await self.send()
        now = clock.now_ms()
        clocks = [self._encoded_clock(int(time), now) for time in points.times]
        for kind in COLUMNAR:
            own = columns if kind is columns.kind else None
            positions = points.positions if own else np.zeros(len(clocks), np.int64)
            due = clocks if TOPIC_OF[kind] in self._clocked else []
            if own or due:
                await self._send_columns(kind, own, positions[: len(due)], due)
        self._sender.raise_refused()

    async def flush(self) -> None:
        """Send what waits and return when Kafka has acknowledged everything."""
        await self.send()
        await self._sender.flush()

    async def _send_columns(
        self,
        kind: type[msgspec.Struct],
        columns: Columns | None,
        positions: Integers,
        clocks: list[bytes],
        singles: Sequence[Single] = (),
    ) -> None:
        """Send rows of one type, the clock records among them to every partition, and the singles to theirs."""
        topic = TOPIC_OF[kind].name
        plan = plan_of(kind)
        names = plan.dtype.names or ()
        template = Template(
            np.frombuffer(self._codec.prefix(kind), np.uint8), plan.operations, names.index("ticker_start")
        )
        count = await self._partitions(topic)
        order, bounds = np.empty(0, np.int64), np.zeros(count + 1, np.int64)
        table, texts = np.empty((0, len(names)), np.int64), np.empty(0, np.uint8)
        if columns is not None:
            partitions = self._partition_of.of_all(columns.tickers)[columns.codes]
            order = np.argsort(partitions, kind="stable")
            bounds = np.searchsorted(partitions[order], np.arange(count + 1))
            table, texts = columns.table(), columns.buffer
        among = Clocks(positions, join_bytes(clocks))
        for partition in range(count):
            rows = order[bounds[partition] : bounds[partition + 1]]
            own = [single for single in singles if single.partition == partition]
            for piece in pieces(rows, len(clocks), own):
                part = Clocks(positions[piece.clocks], join_bytes(clocks[piece.clocks])) if own else among
                for packed in self._packer.columns(piece.rows, table, texts, template, part):
                    await self._sender.send(topic, partition, packed)
                keys, values = [single.key for single in piece.singles], [single.value for single in piece.singles]
                for packed in self._packer.messages(keys, values):
                    await self._sender.send(topic, partition, packed)

    async def _partitions(self, topic: str) -> int:
        """Return the partitions of a topic; raise ``PublishError`` where a topic keyed by ticker has another number."""
        found = await self._sender.partitions(topic)
        wanted = self._partition_of.partitions
        if topic != DEAD_LETTERS.name and found != wanted:
            message = (
                f"the topic {topic} has {found} partitions, but this feed was told {wanted}: "
                "set TICKERBOARD_PARTITIONS to the number that the topics were made with"
            )
            raise PublishError(message)
        return found

    def _encoded_clock(self, event_time: int, received_time: int) -> bytes:
        return self._codec.encode(Clock(event_time=event_time, received_time=received_time))
