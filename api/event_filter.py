"""PURE. Which alerts a client wants: by kind, by ticker, and by a condition on the alert's own numbers."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.alert_kinds import KIND_NAMES
from schemas.expressions import Expression
from schemas.parts import TICKER_DTYPE
from schemas.records import Alert

NUMBERS: Final = ("price", "level", "value", "count", "quality_days", "event_time")
"""What a condition may be on: fields of ``records.Alert`` (prices in dollars, time in ms)."""
FEEDS: Final = {"alerts": KIND_NAMES, "halts": ("halted", "resumed")}
"""Every feed of events and the kinds of alerts it has."""
GAP: Final = -1
"""In place of a kind: here events may be missing, which everybody hears of."""
OTHER: Final = -2
"""A kind that this version does not know."""
FEW: Final = 200
"""Events up to which their tickers are looked up one by one."""

_NUMBER_OF_KIND: Final = {name: number for number, name in enumerate(KIND_NAMES)}

ROW: Final = np.dtype(
    [
        ("time", np.int64),
        ("number", np.uint64),
        ("kind", np.int16),
        ("ticker", TICKER_DTYPE),
        ("values", np.float64, len(NUMBERS)),
    ]
)
"""An event: its id in two parts, and what is asked for."""
Rows = npt.NDArray[np.void]


def facts_of(alert: Alert) -> tuple[int, bytes, tuple[float, ...]]:
    """Return an alert's ``kind``, ``ticker`` and ``values`` as they stand in a row; what is not known is NaN."""
    known = (getattr(alert, name) for name in NUMBERS)
    values = tuple(np.nan if value is None else float(value) for value in known)
    return _NUMBER_OF_KIND.get(alert.kind, OTHER), alert.ticker.encode(), values


class Wanted(NamedTuple):
    """Which events of a feed are asked for; those who ask for the same are told the same."""

    kinds: frozenset[str] = frozenset()
    """None: of every kind."""
    tickers: frozenset[str] = frozenset()
    """None: of every ticker."""
    filter: str = ""
    """A condition on ``NUMBERS`` in its normal form; empty: none."""

    def matches(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Return which rows are wanted; gaps always are."""
        gaps: npt.NDArray[np.bool_] = rows["kind"] == GAP
        found = np.ones(len(rows), np.bool_)
        if self.kinds:
            found &= _chosen(self.kinds)[rows["kind"]]
        if self.tickers:
            found &= _among(rows["ticker"], self.tickers)
        if self.filter:
            found &= condition(self.filter).mask(rows["values"])
        return found | gaps


@lru_cache(maxsize=1024)
def condition(text: str) -> Expression:
    """Return a condition on ``NUMBERS``, compiled; raise ``ExpressionError`` if it cannot be."""
    return Expression(text, NUMBERS)


@lru_cache(maxsize=1024)
def _chosen(kinds: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Return for each number of a kind, counted from the end where it is negative, whether it is one of ``kinds``."""
    return np.array([name in kinds for name in KIND_NAMES] + [False] * -OTHER)


def _among(given: npt.NDArray[np.bytes_], tickers: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Return which of some tickers are wanted; a few are looked up one by one, for which numpy is slow."""
    if len(given) <= FEW:
        return np.array([ticker.decode() in tickers for ticker in given.tolist()], np.bool_)
    return np.isin(given, np.array([ticker.encode() for ticker in tickers], TICKER_DTYPE))
