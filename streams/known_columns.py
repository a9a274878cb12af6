"""What is known before a trading date, put in the order of a partition's rows."""

from collections.abc import Callable
from typing import Any

import numpy as np

from streams.background import Background, Steps
from streams.market.known import FACT_NAMES, Known, nothing_known
from streams.market.partition import row_numbers
from streams.market.relative_volume import Curves
from streams.market.session import trading_day_at
from streams.market.ticker_index import Bytes, Integers


class KnownColumns:
    """Gives the columns of one partition; they are built anew when its rows or what is known have changed."""

    def __init__(self, background: Background, grow: Callable[[Any], Any], *, with_curves: bool = True) -> None:
        """Take what is known by ticker, how a partition gets more rows, and whether its table has use for curves."""
        self._background = background
        self._grow = grow
        self._with_curves = with_curves
        self._known = nothing_known(0)
        self._version = 0
        self._tickers: Bytes | None = None
        """Of the partition for whose rows ``_known`` is: another one, or a larger one, has another array."""

    def of(self, partition: Any, day_start: int) -> tuple[Any, Known]:  # noqa: ANN401 - of any kind of table
        """Return what is known for the trading date that starts at ``day_start`` (ms; 0 for none).

        The partition comes back with a row for each ticker known; its arrays may be new ones.
        """
        date = trading_day_at(day_start).date.isoformat() if day_start else ""
        version = self._background.versions[date]
        if (self._known.day_start, self._version) != (day_start, version) or self._tickers is not partition.tickers:
            references = self._background.references(date)
            curves = self._background.curves(date) if self._with_curves else {}
            partition, reference_rows = row_numbers(partition, list(references), self._grow)
            partition, curve_rows = row_numbers(partition, list(curves), self._grow)
            known = nothing_known(len(partition.rows), day_start)
            matrix = known.facts.view(np.float64).reshape(len(known.facts), len(FACT_NAMES))
            matrix[reference_rows] = np.array([each.facts for each in references.values()]).reshape(-1, len(FACT_NAMES))
            self._known = known._replace(curves=packed(len(partition.rows), curve_rows, curves))
            self._version = version
            self._tickers = partition.tickers
        return partition, self._known


def packed(size: int, rows: Integers, curves: dict[bytes, Steps]) -> Curves:
    """Return curves by row, packed end to end; what was kept apart before becomes a view."""
    kept = [Steps(0, np.zeros(0, np.int32), np.zeros(0)), *curves.values()]
    lengths = np.array([len(steps.seconds) for steps in curves.values()], np.int64)
    seconds = np.concatenate([steps.seconds for steps in kept])
    volumes = np.concatenate([steps.volumes for steps in kept])
    first, count, days = (np.zeros(size, np.int64) for _ in range(3))
    first[rows] = starts = np.cumsum(lengths) - lengths
    count[rows] = lengths
    days[rows] = [steps.sample_days for steps in curves.values()]
    for (key, steps), start, length in zip(list(curves.items()), starts, lengths, strict=True):
        part = slice(start, start + length)
        curves[key] = steps._replace(seconds=seconds[part], volumes=volumes[part])
    return Curves(first, count, days, seconds, volumes)
