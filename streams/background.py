"""What is known of a partition's tickers before the day begins: the newest reference and volume curve of each."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from schemas.records import Reference, VolumeCurve
from streams.market.alerts import Days
from streams.market.known import FACT_NAMES

DATES: Final = 2
"""Trading dates kept: today's and the next one's, which is published before today has ended."""

NO_DAYS: Final = Days(np.zeros(0), np.zeros(0))

Item = TypeVar("Item")


class Steps(NamedTuple):
    """A curve: shares ``volumes[i]`` from ``seconds[i]`` after 04:00 on."""

    sample_days: int
    seconds: npt.NDArray[np.int32]
    volumes: npt.NDArray[np.float64]


class KnownTicker(NamedTuple):
    """What the reference says of a ticker, in less room than the record takes."""

    facts: npt.NDArray[np.float64]
    """In the order of ``FACT_NAMES``; NaN where the reference says nothing."""
    days: Days


class Background:
    """Takes in records of ``reference`` and ``volume_curves``, and keeps them by trading date and ticker."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._references: dict[str, dict[bytes, KnownTicker]] = {}
        self._curves: dict[str, dict[bytes, Steps]] = {}
        """By trading date, those with the newest records last."""
        self.versions: Counter[str] = Counter()
        """Records taken in so far for each trading date: whoever builds on them knows by it when to build anew."""
        self._asked = ""
        """The trading date asked for last."""

    def put(self, record: Reference | VolumeCurve) -> None:
        """Take in a record; it replaces what was known of its ticker on its trading date.

        Today's and tomorrow's stand side by side: the date that was last asked for stays, beside the newest.
        """
        key = record.ticker.encode()
        if isinstance(record, Reference):
            self._of_date(self._references, record.trading_date)[key] = known_ticker(record)
        else:
            steps = Steps(record.sample_days, np.array(record.seconds, np.int32), np.array(record.volumes))
            self._of_date(self._curves, record.trading_date)[key] = steps
        self.versions[record.trading_date] += 1

    def _of_date(self, held: dict[str, dict[bytes, Item]], trading_date: str) -> dict[bytes, Item]:
        """Return what is held for a date, as the newest, without what must make room for it."""
        of_date = held[trading_date] = held.pop(trading_date, {})
        while len(held) > DATES:
            del held[next(date for date in held if date != self._asked)]
        return of_date

    def references(self, trading_date: str) -> Mapping[bytes, KnownTicker]:
        """Return the references for a trading date, by ticker."""
        self._asked = trading_date
        return self._references.get(trading_date, {})

    def days(self, trading_date: str, ticker: str) -> Days:
        """Return the days before a trading date of a ticker; empty where nothing is known."""
        found = self.references(trading_date).get(ticker.encode())
        return found.days if found else NO_DAYS

    def curves(self, trading_date: str) -> dict[bytes, Steps]:
        """Return the curves for a trading date, by ticker."""
        self._asked = trading_date
        return self._curves.get(trading_date, {})


def known_ticker(record: Reference) -> KnownTicker:
    """Return what a reference says; where it knows only yesterday's high and low, those are the days before."""
    facts = [getattr(record, name) for name in FACT_NAMES]
    highs = record.highs or [high for high in (record.prev_high,) if high is not None]
    lows = record.lows or [low for low in (record.prev_low,) if low is not None]
    return KnownTicker(np.array(facts, np.float64), Days(np.array(highs, np.float64), np.array(lows, np.float64)))


class Backgrounds:
    """What is known of the tickers of each partition."""

    def __init__(self) -> None:
        """Begin knowing nothing."""
        self._of: dict[int, Background] = {}

    def of(self, partition: int) -> Background:
        """Return that of a partition, which stays the same object for good."""
        return self._of.setdefault(partition, Background())
