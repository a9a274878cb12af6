"""What is known of a partition's tickers before the day begins: reference and volume curves, as columns by row."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Reference, VolumeCurve
from streams.market.evaluate import Known
from streams.market.fold import Partition
from streams.market.partition import row_numbers
from streams.market.relative_volume import Curves
from streams.market.ticker_index import Bytes, Integers

NOT_KNOWN: Final = float("nan")


class Steps(NamedTuple):
    """A curve: shares ``volumes[i]`` from ``seconds[i]`` after 04:00 on."""

    trading_date: str
    sample_days: int
    seconds: npt.NDArray[np.int32]
    volumes: npt.NDArray[np.float64]


class Background:
    """Takes in records of ``reference`` and ``volume_curves``; gives columns for the rows of a partition."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._references: dict[bytes, Reference] = {}
        self._curves: dict[bytes, Steps] = {}
        self._built: tuple[Known, Curves] | None = None
        self._built_for = ""
        self._tickers: Bytes | None = None
        """Of the partition for whose rows ``_built`` is: another one, or a larger one, has another array."""

    def put(self, record: Reference | VolumeCurve) -> None:
        """Take in a record; it replaces what was known of its ticker."""
        key = record.ticker.encode()
        if isinstance(record, Reference):
            self._references[key] = record
        else:
            seconds = np.array(record.seconds, np.int32)
            self._curves[key] = Steps(record.trading_date, record.sample_days, seconds, np.array(record.volumes))
        self._built = None

    def columns(self, partition: Partition, trading_date: str) -> tuple[Partition, Known, Curves]:
        """Return what is known for a trading date, by row, and the partition, with a row for each ticker known."""
        if self._built is None or self._built_for != trading_date or self._tickers is not partition.tickers:
            references = [item for item in self._references.items() if item[1].trading_date == trading_date]
            curves = [item for item in self._curves.items() if item[1].trading_date == trading_date]
            partition, reference_rows = row_numbers(partition, [key for key, _ in references])
            partition, curve_rows = row_numbers(partition, [key for key, _ in curves])
            size = len(partition.rows)
            self._built = (
                _known(size, reference_rows, [record for _, record in references]),
                self._packed(size, curve_rows, curves),
            )
            self._built_for = trading_date
            self._tickers = partition.tickers
        return partition, *self._built

    def _packed(self, size: int, rows: Integers, curves: Sequence[tuple[bytes, Steps]]) -> Curves:
        """Return curves by row, packed end to end; what was kept apart before becomes a view."""
        empty = Steps("", 0, np.zeros(0, np.int32), np.zeros(0))
        kept = [empty, *(steps for _, steps in curves)]
        lengths = np.array([len(steps.seconds) for _, steps in curves], np.int64)
        seconds = np.concatenate([steps.seconds for steps in kept])
        volumes = np.concatenate([steps.volumes for steps in kept])
        first, count, days = (np.zeros(size, np.int64) for _ in range(3))
        first[rows] = starts = np.cumsum(lengths) - lengths
        count[rows] = lengths
        days[rows] = [steps.sample_days for _, steps in curves]
        for (key, steps), start, length in zip(curves, starts, lengths, strict=True):
            part = slice(start, start + length)
            self._curves[key] = steps._replace(seconds=seconds[part], volumes=volumes[part])
        return Curves(first, count, days, seconds, volumes)


def _known(size: int, rows: Integers, references: Sequence[Reference]) -> Known:
    """Return references by row."""
    known = Known(np.full(size, NOT_KNOWN), np.full(size, NOT_KNOWN))
    known.previous_close[rows] = [_or_nan(record.prev_close) for record in references]
    known.average_volume[rows] = [_or_nan(record.avg_volume) for record in references]
    return known


def _or_nan(value: float | None) -> float:
    """Return a value, NaN for none."""
    return NOT_KNOWN if value is None else value
