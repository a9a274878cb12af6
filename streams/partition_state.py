"""The state of one partition: its columns, and where it stands in the source topic and in the changelog."""

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from aiokafka import ConsumerRecord

from schemas.columnar import ColumnarDecoder, Messages, join
from streams.background import Background
from streams.bar_folding import BarFolding
from streams.changelog import PROGRESS_KEY, Flush, Progress, decode_rows, source_of
from streams.folding import Columns, Decoded, Folding
from streams.market.bar_events import Rules
from streams.market.events import Events
from streams.market.known import Known
from streams.market.outcomes import BAD_TICKER, OUTCOMES, TOO_LATE, UNDECODABLE
from streams.market.partition import put_all_rows, tickers_of
from streams.market.session import day_index_at

REFUSED: Final = (TOO_LATE, UNDECODABLE, BAD_TICKER)


class Refused(NamedTuple):
    """Records of a batch that could not be used: place in the batch and outcome."""

    place: int
    outcome: int


class PartitionState:
    """One partition: folds batches, gives what changed to the changelog, and is rebuilt from it."""

    def __init__(self, folding: Folding, source: int) -> None:
        """Begin empty; offsets are those of ``source`` (``source_of``)."""
        self._folding = folding
        self._source = source
        self.columns: Columns = folding.new(source)
        self.position: int | None = None
        """Next offset of the source to fold; ``None`` before the consumer has said where it starts."""
        self.flushed: int | None = None
        """Offset up to which the changelog holds everything: what may be committed."""
        self.log_end = -1
        """Newest changelog offset known."""
        self.marks: list[tuple[int, int]] = []
        self.counts: Counter[str] = Counter()
        self._events: list[Events] = []
        self.changes = 0
        """Batches folded so far: whoever shows the state knows by it whether there is something new."""
        self._refill = True
        self._has_folded = False
        """Whether anything was folded since the changelog was read; before that there is no progress to tell of."""
        self._progress: Progress | None = None

    @property
    def event_time(self) -> int:
        """Newest event time folded, ms since the epoch; 0 before the first."""
        return int(self.columns.progress[0]["event_time"])

    @property
    def complete_through(self) -> int:
        """The partition's clock, ms since the epoch; 0 before the first clock record."""
        return int(self.columns.progress[0]["complete_through"])

    @property
    def _window(self) -> int:
        """Start of the window for corrections, ms since the epoch."""
        return int(self.columns.progress[0]["window"])

    @property
    def is_dirty(self) -> bool:
        """Whether rows have changed that the changelog does not hold."""
        return bool(self.columns.dirty.any())

    def fold(
        self, decoder: ColumnarDecoder, values: Sequence[bytes | None], offsets: npt.NDArray[np.int64]
    ) -> list[Refused]:
        """Fold source records given one by one; see ``fold_messages``."""
        return self.fold_messages(decoder, join(values), offsets)

    def fold_messages(
        self, decoder: ColumnarDecoder, messages: Messages, offsets: npt.NDArray[np.int64]
    ) -> list[Refused]:
        """Fold a batch of source records; return those that could not be used."""
        kinds, tables = decoder(messages)
        outcomes = np.zeros(len(kinds), np.uint8)
        window, event_time = self._window, self.event_time
        self.columns, events = self._folding.fold(self.columns, Decoded(messages, kinds, tables, offsets, outcomes))
        self._events += [each for each in events if len(each)]
        self.position = max(self.position or 0, int(offsets[-1]) + 1)
        self.changes += 1
        self._has_folded = True
        if self._window > window:
            self._mark(event_time, int(offsets[0]))
        counts = np.bincount(outcomes, minlength=len(OUTCOMES))
        self.counts.update({name: int(count) for name, count in zip(OUTCOMES, counts, strict=True) if count})
        if not counts[list(REFUSED)].any():
            return []
        return [Refused(int(index), int(outcomes[index])) for index in np.flatnonzero(np.isin(outcomes, REFUSED))]

    def known(self, day_start: int) -> Known:
        """Return what is known for the trading date that starts at a time (ms), by row of ``columns``."""
        self.columns, known = self._folding.known(self.columns, day_start)
        return known

    def take_events(self) -> list[Events]:
        """Return what happened since the last call; rows are those of ``columns``."""
        taken, self._events = self._events, []
        return taken

    def _mark(self, event_time: int, offset: int) -> None:
        """Remember the newest event time before an offset, as far back as a refill can need."""
        self.marks.append((event_time, offset))
        needed = [index for index, (time, _) in enumerate(self.marks) if time <= self._window]
        del self.marks[: needed[-1] if needed else 0]

    def _refill_offset(self) -> int | None:
        """Return the offset from which the bars of the last minutes must be read again; ``None``: from the earliest."""
        older = [offset for time, offset in self.marks if time <= self._window]
        return older[-1] if older else None

    def start(self) -> int | None:
        """Return the offset to read from after recovery; ``None`` is the earliest.

        Where rows came from the changelog, the log is read from some minutes earlier: those records fill the pool of
        bars that may be corrected and change nothing else. A changelog that does not say how far it is (lost, of
        another topic or of another length of bar) holds nothing to go on from, whatever the group has committed.
        """
        if not self._refill:
            return self.position
        self._refill = False
        self.columns = self._folding.without_recent(self.columns)
        self.position = None
        if self._progress is not None:
            self.columns.progress[0]["resume_offset"] = self._progress.position
            self.position = self._refill_offset()
        return self.position

    def load(self, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        """Take in a batch of changelog records."""
        self.load_items([(record.key or b"", record.value) for record in records if record.value])
        self.log_end = max(self.log_end, records[-1].offset)

    def load_items(self, items: Sequence[tuple[bytes, bytes]]) -> None:
        """Take in keys and values of the changelog."""
        extras = [(key, value) for key, value in items if self._folding.is_extra(key)]
        rows = [(key, value) for key, value in items if key != PROGRESS_KEY and not self._folding.is_extra(key)]
        new = decode_rows([value for _, value in rows], self._folding)
        own = new["source"] == self._source
        if own.any():
            tickers = list(compress((key for key, _ in rows), own))
            self.columns = put_all_rows(self.columns, tickers, new[own], self._folding.grow)
        keys, values = [key for key, _ in extras], [value for _, value in extras]
        self.columns = self._folding.put_extras(self.columns, keys, values)
        told = [msgspec.msgpack.decode(value, type=Progress) for key, value in items if key == PROGRESS_KEY]
        for progress in [progress for progress in told if progress.source == self._source][-1:]:
            self._restore(progress)
        # Where to read on is not known before ``start``: this may be called when it was known already.
        self.position = None
        self._refill = True
        self._has_folded = False
        self.changes += 1

    def _restore(self, progress: Progress) -> None:
        """Stand where an earlier flush stood."""
        self._progress = progress
        self.flushed = progress.position
        self.marks = list(progress.marks)
        for name in ("event_time", "complete_through", "window"):
            self.columns.progress[0][name] = getattr(progress, name)
        self.columns.progress[0]["day"] = day_index_at(progress.event_time)

    def changed(self) -> Flush:
        """Return what the changelog does not hold yet, and mark it as held (``failed`` takes that back)."""
        count = int(self.columns.used[0])
        rows = np.flatnonzero(self.columns.dirty[:count])
        packed = self.columns.rows[rows].tobytes()
        head, size = bytes([self._folding.version]), self._folding.row.itemsize
        values = [head + packed[start : start + size] for start in range(0, len(packed), size)]
        extras = self._folding.take_extras(self.columns, rows)
        keys = [*extras.keys, *tickers_of(self.columns, rows).tolist()]
        values = [*extras.values, *values]
        self.columns.dirty[rows] = False
        position = self._new_position()
        if position is not None:
            keys.append(PROGRESS_KEY)
            values.append(msgspec.msgpack.encode(self._snapshot(position)))
        return Flush(keys, values, rows, extras, position)

    def _new_position(self) -> int | None:
        """Return how far the rows are, where the changelog does not say so yet.

        Not before something was folded (where reading begins would hide a progress that recovery has not read yet), nor
        while the records read are those of before the restart.
        """
        if not self._has_folded or self.position is None or self.position == self.flushed:
            return None
        return self.position if self.position >= int(self.columns.progress[0]["resume_offset"]) else None

    def _snapshot(self, position: int) -> Progress:
        """Return where the partition stands."""
        progress = self.columns.progress[0]
        return Progress(
            source=self._source,
            position=position,
            event_time=int(progress["event_time"]),
            complete_through=int(progress["complete_through"]),
            window=int(progress["window"]),
            marks=self.marks,
        )

    def failed(self, flush: Flush) -> None:
        """Take back that the changelog holds a flush."""
        self.columns.dirty[flush.rows] = True
        self._folding.give_back(self.columns, flush.extras)

    def succeeded(self, flush: Flush, log_end: int) -> None:
        """Note that the changelog holds a flush, up to its offset ``log_end``."""
        self.log_end = max(self.log_end, log_end)
        if flush.position is not None and (self.flushed is None or flush.position > self.flushed):
            self.flushed = flush.position


def bar_state(
    interval_ms: int, topic_id: str, background: Background | None = None, rules: Rules | None = None
) -> PartitionState:
    """Return the empty state of a partition of bars of one length, of the topic with this id."""
    return PartitionState(BarFolding(interval_ms, background or Background(), rules), source_of(topic_id, interval_ms))
