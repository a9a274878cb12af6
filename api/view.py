"""PURE. What Redis says at one instant, put together from the parts of all partitions."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from schemas import boards, metrics
from schemas.parts import BoardPart, Head, UniversePart

Values = npt.NDArray[np.float64]


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


class RankedPart:
    """A partition's rows of one board, decoded when first needed."""

    def __init__(self, part: BoardPart) -> None:
        """Keep ``part`` as it came."""
        self._part = part

    @cached_property
    def entries(self) -> list[boards.Entry]:
        """Return the ranked rows."""
        return self._part.entries()


class Universe:
    """Every ticker's metrics: one matrix of all partitions, its last row undefined throughout."""

    def __init__(self, parts: Sequence[UniversePart], previous: "Universe | None" = None) -> None:
        """Join ``parts``; the index of ``previous`` serves again where the tickers are the same."""
        undefined = np.full((1, len(metrics.COLUMNS)), np.nan)
        self._matrix = np.concatenate([*(_in_order(part) for part in parts), undefined])
        self._key = tuple(part.tickers for part in parts)
        kept = previous.index_of(self._key) if previous else None
        self._index = _index(parts) if kept is None else kept

    def __contains__(self, ticker: str) -> bool:
        """Tell whether the ticker has a row."""
        return ticker in self._index

    def index_of(self, key: tuple[bytes, ...]) -> dict[str, int] | None:
        """Return the row of each ticker if ``key``, the tickers of each part, is this universe's own."""
        return self._index if key == self._key else None

    @property
    def tickers(self) -> Iterable[str]:
        """Every ticker that has a row."""
        return self._index.keys()

    def cells(self, tickers: Iterable[str], columns: Sequence[int]) -> list[list[float | None]]:
        """Return a row of ``columns`` (indexes into ``metrics.COLUMNS``) for each ticker; undefined is ``None``."""
        rows = [self._index.get(ticker, -1) for ticker in tickers]
        values = self._matrix[np.ix_(np.array(rows, np.intp), np.array(columns, np.intp))]
        plain = values.astype(object)
        plain[~np.isfinite(values)] = None
        return cast("list[list[float | None]]", plain.tolist())


class View:
    """Boards and symbols at one instant; a board is merged when first asked for."""

    def __init__(
        self,
        heads: Sequence[Head],
        parts: Mapping[str, Sequence[RankedPart]],
        universe: Universe,
        before: Moment | None = None,
    ) -> None:
        """Hold the current ``heads``, the parts of each board by name, the universe; ``before`` came the last view."""
        self.moment = moment(heads, before)
        self.universe = universe
        self._parts = parts
        self._merged: dict[str, list[boards.Entry]] = {}

    def board(self, name: str) -> list[boards.Entry]:
        """Return the merged board; empty if no part of it is known, or there is none in this session."""
        if name not in self._merged:
            spec = boards.BY_NAME[name]
            open_now = self.moment is not None and self.moment.session in spec.sessions
            parts = [part.entries for part in self._parts.get(name, ())] if open_now else []
            self._merged[name] = boards.merge(parts, descending=spec.descending, size=spec.size)
        return self._merged[name]

    def symbol(self, ticker: str) -> dict[str, float | None] | None:
        """Return every metric of the ticker and their inputs, or ``None`` if it has no row today."""
        if ticker not in self.universe:
            return None
        (cells,) = self.universe.cells([ticker], range(len(metrics.COLUMNS)))
        return dict(zip(metrics.COLUMNS, cells, strict=True))


def defined(value: float) -> float | None:
    """Return the value as it may leave the process: ``None`` if not finite."""
    return value if math.isfinite(value) else None


def _in_order(part: UniversePart) -> Values:
    """Return the part's matrix with the columns this gateway knows, in its order; NaN for those it does not have."""
    matrix = part.matrix()
    if part.columns == metrics.COLUMNS:
        return matrix
    known = {name: matrix[:, index] for index, name in enumerate(part.columns)}
    missing = np.full(len(matrix), np.nan)
    return np.stack([known.get(name, missing) for name in metrics.COLUMNS], axis=1)


def _index(parts: Iterable[UniversePart]) -> dict[str, int]:
    tickers = (ticker for part in parts for ticker in part.ticker_list())
    return {ticker: row for row, ticker in enumerate(tickers)}


EMPTY: Final = View((), {}, Universe(()))
"""Before anything was read."""
