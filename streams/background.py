"""What is known of a partition's tickers before the day begins: reference and volume curves, as columns by row."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.records import Reference, VolumeCurve
from streams.market.evaluate import Known
from streams.market.fold import Partition
from streams.market.partition import row_numbers
from streams.market.relative_volume import Curves

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
        self._built_for: tuple[int, str] = (0, "")

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
        wanted = (len(partition.rows), trading_date)
        if self._built is None or self._built_for != wanted:
            partition, known = self._known(partition, trading_date)
            partition, curves = self._packed_curves(partition, trading_date)
            self._built = known, curves
            self._built_for = (len(partition.rows), trading_date)
        return partition, *self._built

    def _known(self, partition: Partition, trading_date: str) -> tuple[Partition, Known]:
        """Return the reference of a trading date by row."""
        todays = {key: record for key, record in self._references.items() if record.trading_date == trading_date}
        partition, rows = row_numbers(partition, list(todays))
        # Curves may add rows, and room for them, after this.
        size = len(partition.rows) + 2 * len(self._curves)
        known = Known(np.full(size, NOT_KNOWN), np.full(size, NOT_KNOWN))
        known.previous_close[rows] = [_or_nan(record.prev_close) for record in todays.values()]
        known.average_volume[rows] = [_or_nan(record.avg_volume) for record in todays.values()]
        return partition, known

    def _packed_curves(self, partition: Partition, trading_date: str) -> tuple[Partition, Curves]:
        """Return the curves of a trading date by row, packed end to end; what was kept apart before becomes a view."""
        todays = {key: steps for key, steps in self._curves.items() if steps.trading_date == trading_date}
        partition, rows = row_numbers(partition, list(todays))
        empty = Steps("", 0, np.zeros(0, np.int32), np.zeros(0))
        kept = [empty, *todays.values()]
        lengths = np.array([len(steps.seconds) for steps in todays.values()], np.int64)
        seconds = np.concatenate([steps.seconds for steps in kept])
        volumes = np.concatenate([steps.volumes for steps in kept])
        first, count, days = (np.zeros(len(partition.rows), np.int64) for _ in range(3))
        first[rows] = starts = np.cumsum(lengths) - lengths
        count[rows] = lengths
        days[rows] = [steps.sample_days for steps in todays.values()]
        for (key, steps), start, length in zip(todays.items(), starts, lengths, strict=True):
            part = slice(start, start + length)
            self._curves[key] = steps._replace(seconds=seconds[part], volumes=volumes[part])
        return partition, Curves(first, count, days, seconds, volumes)


def _or_nan(value: float | None) -> float:
    """Return a value, NaN for none."""
    return NOT_KNOWN if value is None else value
