"""Sends records that could not be used to ``dead_letters``, with where they came from and why."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

import faust

from schemas.clock import now_ms
from schemas.codec import Codec
from schemas.records import DeadLetter, Reason
from streams.columnar_table import RefusedRecord
from streams.market.outcomes import BAD_TICKER, TOO_LATE, UNDECODABLE
from streams.topics import DEAD_LETTERS
from streams.transport import BatchMessage

REASONS: Final = {
    TOO_LATE: (Reason.TOO_LATE, "the bar ended before the window in which bars may be corrected"),
    UNDECODABLE: (Reason.UNDECODABLE, "no known schema reads the record"),
    BAD_TICKER: (Reason.BAD_TICKER, "the ticker has not 1 to 12 characters"),
}


class DeadLetterWriter:
    """Collects refused records, to be sent before the changelog says that they are done with."""

    def __init__(self, app: faust.App, codec: Codec) -> None:
        """Take the app whose producer sends."""
        self._app = app
        self._codec = codec
        self._waiting: list[tuple[bytes | None, bytes]] = []
        self._lock = asyncio.Lock()
        self.counts: Counter[str] = Counter()

    def put(self, message: BatchMessage, refused: Sequence[RefusedRecord]) -> None:
        """Take in refused records of a batch."""
        for record in refused:
            reason, detail = REASONS[record.outcome]
            self.counts[reason] += 1
            letter = DeadLetter(
                reason=reason,
                detail=detail,
                source=message.topic,
                partition=message.partition,
                position=record.offset,
                payload=record.value,
                received_time=now_ms(),
            )
            self._waiting.append((record.key, self._codec.encode(letter)))

    async def send(self) -> None:
        """Send what has been collected, and wait until Kafka has it; what cannot be sent stays for the next time.

        Tables are flushed side by side, and each says that records are done with only after this.
        """
        async with self._lock:
            if not self._waiting:
                return
            producer = self._app.producer._ensure_producer()  # noqa: SLF001 - as the changelog's writer
            letters = list(self._waiting)
            sent = [await producer.send(DEAD_LETTERS.name, key=key, value=value) for key, value in letters]
            await asyncio.gather(*sent)
            del self._waiting[: len(letters)]
