"""Listens to Massive without end: connects, decodes, judges and publishes, and comes back after every kind of end.

One task reads the socket and only puts frames into a bounded queue; another takes what waits, decodes it, and hands it
to the publisher as one. When Kafka is slow the queue fills, the socket waits (counted and logged), and the vendor's
buffer holds what follows, until the vendor closes a connection that is too slow: that, too, is logged by its name.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from schemas import clock
from streams.errors import TickerboardError
from streams.feed.backoff import Backoff
from streams.feed.columns import event_time_of
from streams.feed.feed_clock import FeedClock
from streams.feed.listener_counters import Counters
from streams.feed.massive_link import End, Ending, Feed, MassiveLink
from streams.feed.massive_protocol import Frame, MassiveProtocol
from streams.feed.publisher import Publisher
from streams.market.session import to_new_york

log = structlog.get_logger()

BATCH_RECORDS: Final = 1 << 13
"""Records decoded before they are published: some 20 ms of work during which the socket is not read."""
GOOD_STATUSES: Final = frozenset({"connected", "auth_success", "success"})
MS_PER_SECOND: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerOptions:
    """How a listener behaves."""

    feed_is_live: bool = True
    """Whether event times are those of the wall clock: not so of a simulator or a recording."""
    queue_frames: int = 1024
    """Frames that may wait for the publisher."""
    log_seconds: float = 10.0
    """Time between two lines of counts."""
    max_failures: int | None = None
    """Consecutive connections without a frame after which to give up; ``None`` for never."""
    occupied_seconds: float = 5.0
    """Shortest wait when the account's connections are all in use."""


class FeedRefusedError(TickerboardError):
    """The vendor will not serve this listener, and trying again would not help."""


class MassiveListener:
    """From the vendor's socket to Kafka, until stopped."""

    def __init__(
        self, feed: Feed, publisher: Publisher, options: ListenerOptions | None = None, backoff: Backoff | None = None
    ) -> None:
        """Take the feed, a connected publisher, and how to behave."""
        self.counters = Counters()
        self.clock = FeedClock()
        self._options = options or ListenerOptions()
        self._publisher = publisher
        self._backoff = backoff or Backoff()
        self._protocol = MassiveProtocol(feed_is_live=self._options.feed_is_live)
        self._queue: asyncio.Queue[tuple[str | bytes, int]] = asyncio.Queue(self._options.queue_frames)
        self._link = MassiveLink(feed, self._enqueue)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Listen until ``stop``; then publish what has arrived, and return when Kafka has it.

        Raises ``FeedRefusedError`` where the key is wrong or ``max_failures`` is reached, ``PublishError`` where Kafka
        takes nothing more.
        """
        reading = asyncio.create_task(self._keep_connected())
        publishing = asyncio.create_task(self._publish_frames())
        reporting = asyncio.create_task(self._report())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait([reading, publishing, stopping], return_when=asyncio.FIRST_COMPLETED)
            await self._link.close()
            if not publishing.done():
                await self._drain(publishing)
        finally:
            for task in (reading, publishing, reporting, stopping):
                task.cancel()
            await asyncio.gather(reading, publishing, reporting, stopping, return_exceptions=True)
        for task in (publishing, reading):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        log.info("stopped", **self._summary())

    def stop(self) -> None:
        """Let ``run`` come to its end."""
        self._stopping.set()

    async def _drain(self, publishing: "asyncio.Task[None]") -> None:
        """Wait until what has arrived is in Kafka."""
        drained = asyncio.create_task(self._queue.join())
        await asyncio.wait([drained, publishing], return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()
        if not publishing.done():
            await self._publisher.flush()

    # Reading

    async def _enqueue(self, frame: str | bytes) -> None:
        """Let a frame wait for the publisher; where the queue is full the socket waits with it."""
        item = frame, clock.now_ms()
        self._backoff.reset()
        if self._queue.full():
            self.counters.stalls += 1
            began = clock.monotonic()
            await self._queue.put(item)
            self.counters.stalled_seconds += clock.monotonic() - began
        else:
            self._queue.put_nowait(item)
        self.counters.deepest = max(self.counters.deepest, self._queue.qsize())

    async def _keep_connected(self) -> None:
        """Connect again and again; raise ``FeedRefusedError`` where that is of no use."""
        while True:
            self.counters.connections += 1
            end = await self._link.connect()
            if self._stopping.is_set():
                return
            self.counters.drops += 1
            delay = self._delay_after(end)
            log.warning("connection ended", how=end.ending, detail=end.detail, retry_in_seconds=round(delay, 2))
            await asyncio.sleep(delay)

    def _delay_after(self, end: End) -> float:
        """Return the seconds to wait after a connection ended."""
        if end.ending is Ending.REFUSED:
            message = f"the vendor refuses the key ({end.detail}); set MASSIVE_API_KEY to a valid one"
            raise FeedRefusedError(message)
        delay = self._backoff.next_delay()
        limit = self._options.max_failures
        if limit is not None and self._backoff.failures >= limit:
            message = f"{limit} connections in a row brought nothing; the last: {end.ending}, {end.detail}"
            raise FeedRefusedError(message)
        return max(delay, self._options.occupied_seconds) if end.ending is Ending.TOO_MANY else delay

    # Publishing

    async def _publish_frames(self) -> None:
        """Publish what waits, as much as there is at once, in order."""
        while True:
            items = [await self._queue.get()]
            records = self._take(items[0])
            while records < BATCH_RECORDS and not self._queue.empty():
                items.append(self._queue.get_nowait())
                records += self._take(items[-1])
            await self._publisher.send()
            for _ in items:
                self._queue.task_done()

    def _take(self, item: tuple[str | bytes, int]) -> int:
        """Give the publisher what a frame held; return the number of records."""
        content, received_time = item
        frame = self._protocol.decode(content, received_time)
        for record in frame.records:
            due = self.clock.advance(event_time_of(record))
            if due is not None:
                self._publisher.add_clock(due, received_time)
            self._publisher.add(record)
        for reject in frame.rejects:
            self._publisher.add(reject.letter(received_time))
        self.counters.count(frame)
        self._tell(frame)
        return len(frame.records)

    @staticmethod
    def _tell(frame: Frame) -> None:
        """Log what the server says."""
        for status in frame.statuses:
            say = log.info if status.status in GOOD_STATUSES else log.warning
            say("server says", status=status.status, text=status.message)

    # Reporting

    async def _report(self) -> None:
        """Log the counts from time to time."""
        while True:
            records, began = self.counters.records, clock.monotonic()
            await asyncio.sleep(self._options.log_seconds)
            rate = (self.counters.records - records) / (clock.monotonic() - began)
            log.info("listening", records_per_second=round(rate), **self._summary())

    def _summary(self) -> dict[str, object]:
        """Return the counts for a line of log."""
        counters = self.counters
        reached = self.clock.event_time
        return {
            "bars": counters.bars,
            "trades": counters.trades,
            "quotes": counters.quotes,
            "bands": counters.bands,
            "rejected": dict(counters.rejects),
            "queue": self._queue.qsize(),
            "stalls": counters.stalls,
            "stalled_seconds": round(counters.stalled_seconds, 3),
            "connections": counters.connections,
            "clock": None if reached is None else to_new_york(reached).isoformat(),
        }
