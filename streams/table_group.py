"""Several columnar tables as one: the consumer asks here, and the table whose topic it is about answers."""

from collections.abc import Iterator, Sequence

from faust.types import TP

from streams.columnar_table import ColumnarTable


class TableGroup:
    """The tables of a worker, each with a topic of its own; partitions of the same number move together."""

    def __init__(self, tables: Sequence[ColumnarTable]) -> None:
        """Take the tables."""
        self._tables = tuple(tables)

    def __iter__(self) -> Iterator[ColumnarTable]:
        """Yield the tables."""
        return iter(self._tables)

    def _of(self, topic: str) -> ColumnarTable:
        """Return the table into which a topic is folded."""
        return next(table for table in self._tables if table.is_source(topic))

    @property
    def partitions(self) -> set[int]:
        """The partitions that are ours."""
        return {partition for table in self._tables for partition in table.states}

    def is_source(self, topic: str) -> bool:
        """Return whether batches of this topic are folded into a table."""
        return any(table.is_source(topic) for table in self._tables)

    def is_changelog(self, topic: str) -> bool:
        """Return whether this is a table's changelog."""
        return any(table.is_changelog(topic) for table in self._tables)

    def committable(self, tp: TP) -> int | None:
        """Return the offset that the changelog covers; ``None`` where there is none yet."""
        return self._of(tp.topic).committable(tp)

    def start_offset(self, tp: TP, committed: int | None) -> int | None:
        """Return where to read a source from, given the committed offset; ``None`` is the earliest."""
        return self._of(tp.topic).start_offset(tp, committed)

    def begin(self, tp: TP, offset: int) -> None:
        """Take note of where a source is read from."""
        self._of(tp.topic).begin(tp, offset)

    def has_lease(self) -> bool:
        """Return whether the group has lately confirmed that our partitions are ours."""
        return all(table.has_lease() for table in self._tables)

    async def flush(self) -> None:
        """Write what changed to the changelogs."""
        for table in self._tables:
            await table.flush()

    async def read_missing(self) -> None:
        """Read again what was fetched but never came."""
        for table in self._tables:
            await table.read_missing()
