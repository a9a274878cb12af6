"""PURE. What Redis says at one instant, put together from the parts of all partitions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import is_
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from api.tables import Table, Values
from schemas import boards, metrics
from schemas.expressions import Expression
from schemas.parts import TICKER_DTYPE, BoardPart, Head, UniversePart
from schemas.ranking import rank

Names = npt.NDArray[np.bytes_]
Booleans = npt.NDArray[np.bool_]


REMEMBERED: Final = 2000
"""Answers that a universe remembers, of a byte for each row."""


class Moment(NamedTuple):
    """When a view is: the newest of its partitions, and how far behind the others are."""

    trading_date: str
    session: str
    event_time: int
    """Newest event time of all, ms since the epoch."""
    published_time: int
    """Wall clock of the newest write, ms since the epoch."""
    oldest_published_time: int
    """Wall clock of the write of the partition that is furthest behind."""
    advanced_time: int
    """Wall clock of the write that first showed this event time, ms since the epoch: when the feed last moved."""
    partitions: int
    """How many there should be."""
    present: int
    """How many are of this trading date."""


def current_heads(heads: Iterable[Head]) -> list[Head]:
    """Return the heads of the newest trading date, of the newest number of partitions, by partition."""
    known = list(heads)
    if not known:
        return []
    trading_date = max(head.trading_date for head in known)
    of_date = [head for head in known if head.trading_date == trading_date]
    partitions = max(of_date, key=lambda head: head.published_time).partitions
    fitting = [head for head in of_date if head.partitions == partitions]
    return sorted(fitting, key=lambda head: head.partition)


def moment(heads: Sequence[Head], before: Moment | None = None) -> Moment | None:
    """Return the instant of ``current_heads``, or ``None`` without any; ``before`` is the one read last."""
    if not heads:
        return None
    newest = max(heads, key=lambda head: head.event_time)
    published_time = max(head.published_time for head in heads)
    stands = before if before and before.event_time == newest.event_time else None
    return Moment(
        trading_date=newest.trading_date,
        session=newest.session,
        event_time=newest.event_time,
        published_time=published_time,
        oldest_published_time=min(head.published_time for head in heads),
        advanced_time=stands.advanced_time if stands else published_time,
        partitions=newest.partitions,
        present=len(heads),
    )


class Ranked(NamedTuple):
    """Tickers in order of what a board ranks by, and their values."""

    names: Names
    values: Values


class Block:
    """A partition's part of the universe, decoded."""

    def __init__(self, part: UniversePart) -> None:
        """Turn the part's matrix round, with the columns this gateway knows, in its order; NaN for those it lacks."""
        self.version = part.version
        self.tickers = part.tickers
        self.columns = np.ascontiguousarray(_in_order(part).T)

    @property
    def names(self) -> Names:
        """The tickers, in row order."""
        return np.frombuffer(self.tickers, TICKER_DTYPE)


class Universe:
    """Every ticker's metrics: one matrix of all partitions, whose columns lie in one piece each."""

    def __init__(self, blocks: Sequence[Block], previous: "Universe | None" = None) -> None:
        """Join ``blocks``; the index of ``previous`` serves again where the tickers are the same."""
        self.blocks = tuple(blocks)
        none = np.empty((len(metrics.COLUMNS), 0))
        self.values: Values = np.concatenate([none, *(block.columns for block in blocks)], axis=1).T
        """Shape tickers x ``metrics.COLUMNS``; NaN where undefined."""
        same = previous if previous is not None and previous.has_tickers_of(blocks) else None
        self.names: Names = same.names if same else _names(blocks)
        """The tickers, in the order of the rows."""
        self.index: dict[str, int] = same.index if same else _index(self.names)
        """The row of each ticker."""
        self._remembered: dict[tuple[str, str], Booleans] = {}
        """Which rows have a metric, meet a condition, or both, for those who ask again."""

    def __contains__(self, ticker: str) -> bool:
        """Tell whether the ticker has a row."""
        return ticker in self.index

    def has_tickers_of(self, blocks: Sequence[Block]) -> bool:
        """Tell whether these blocks have the same tickers, in the same order."""
        return [block.tickers for block in blocks] == [block.tickers for block in self.blocks]

    @property
    def tickers(self) -> Iterable[str]:
        """Every ticker that has a row."""
        return self.index.keys()

    def matching(self, metric: str, condition: Expression | None) -> Booleans:
        """Return which rows have a metric, and meet a condition if there is one; each is evaluated once."""
        defined = self._recall((metric, ""), lambda: np.isfinite(self.values[:, metrics.COLUMNS.index(metric)]))
        if condition is None:
            return defined
        meets = self._recall(("", condition.text), lambda: condition.mask(self.values))
        return self._recall((metric, condition.text), lambda: defined & meets)

    def _recall(self, key: tuple[str, str], make: Callable[[], Booleans]) -> Booleans:
        """Return what was made under a key; the memory is bounded: a market that stands still keeps it for days."""
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = make()
        return found

    def table(self, rows: npt.NDArray[np.intp], columns: Sequence[str]) -> Table:
        """Return some columns of some rows."""
        return Table(tuple(self.names[rows].astype(str).tolist()), self.values[np.ix_(rows, _places(columns))])

    def cells(self, tickers: Sequence[str], columns: Sequence[str]) -> Values:
        """Return a line of ``columns`` for each ticker; NaN for a ticker that has no row."""
        rows = np.array([self.index.get(ticker, -1) for ticker in tickers], np.intp)
        lines = np.full((len(rows), len(columns)), np.nan)
        known = np.flatnonzero(rows >= 0)
        lines[known] = self.values[np.ix_(rows[known], _places(columns))]
        return lines


class View:
    """Boards and symbols at one instant; a board is merged when first asked for."""

    def __init__(
        self,
        heads: Sequence[Head],
        parts: Mapping[str, Sequence[BoardPart]],
        universe: Universe,
        before: Moment | None = None,
    ) -> None:
        """Hold the current ``heads``, the parts of each board by name, the universe; ``before`` came the last view."""
        self.moment = moment(heads, before)
        self.universe = universe
        self._parts = parts
        self._merged: dict[str, Ranked] = {}

    def board(self, name: str) -> Ranked:
        """Return the merged board; empty if no part of it is known, or there is none in this session."""
        if name not in self._merged:
            spec = boards.BY_NAME[name]
            open_now = self.moment is not None and self.moment.session in spec.sessions
            parts = self._parts.get(name, ()) if open_now else ()
            names = np.frombuffer(b"".join(part.tickers for part in parts), TICKER_DTYPE)
            values = np.frombuffer(b"".join(part.values for part in parts), np.float64)
            best = rank(values, names, descending=spec.descending, size=spec.size)
            self._merged[name] = Ranked(names[best], values[best])
        return self._merged[name]

    def symbol(self, ticker: str) -> dict[str, float | None] | None:
        """Return every metric of the ticker and their inputs, or ``None`` if it has no row today."""
        if ticker not in self.universe:
            return None
        ((_, *cells),) = self.universe.table(np.array([self.universe.index[ticker]]), metrics.COLUMNS).rows()
        return cast("dict[str, float | None]", dict(zip(metrics.COLUMNS, cells, strict=True)))


def _in_order(part: UniversePart) -> Values:
    """Return the part's matrix with the columns this gateway knows, in its order; NaN for those it does not have."""
    matrix = part.matrix()
    if part.columns == metrics.COLUMNS:
        return matrix
    known = {name: matrix[:, index] for index, name in enumerate(part.columns)}
    missing = np.full(len(matrix), np.nan)
    return np.stack([known.get(name, missing) for name in metrics.COLUMNS], axis=1)


def _names(blocks: Sequence[Block]) -> Names:
    return np.concatenate([np.zeros(0, TICKER_DTYPE), *(block.names for block in blocks)])


def _index(names: Names) -> dict[str, int]:
    return {name: row for row, name in enumerate(names.astype(str).tolist())}


def _places(columns: Iterable[str]) -> npt.NDArray[np.intp]:
    return np.array([metrics.COLUMNS.index(name) for name in columns], np.intp)


def universe_of(blocks: Sequence[Block], previous: Universe) -> Universe:
    """Return the universe of some blocks: ``previous`` itself where it is made of them."""
    same = len(blocks) == len(previous.blocks) and all(map(is_, blocks, previous.blocks))
    return previous if same else Universe(blocks, previous)


EMPTY: Final = View((), {}, Universe(()))
"""Before anything was read."""
