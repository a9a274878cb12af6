"""Rows that earlier programs wrote into the changelog, carried over into today's."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from streams.market.symbol_state import ROW, Rows, begin_day

VERSION_1: Final = np.dtype(
    [
        ("source", "i8"),
        ("offset", "i8"),
        ("day_start", "i8"),
        ("bars", "i8"),
        ("volume", "f8"),
        ("value", "f8"),
        ("price", "f8"),
        ("price_time", "i8"),
        ("open", "f8"),
        ("open_time", "i8"),
        ("premarket_open", "f8"),
        ("premarket_open_time", "i8"),
        ("premarket_close", "f8"),
        ("premarket_close_time", "i8"),
        ("high", "f8", (3,)),
        ("low", "f8", (3,)),
        ("vendor_day_volume", "f8"),
        ("vendor_day_volume_time", "i8"),
        ("vendor_open", "f8"),
        ("vendor_open_time", "i8"),
        ("vendor_vwap", "f8"),
        ("vendor_vwap_time", "i8"),
        ("settled_volume", "f8"),
        ("settled_value", "f8"),
        ("settled_high", "f8", (3,)),
        ("settled_low", "f8", (3,)),
        ("settled_until", "i8"),
    ]
)
SETTLED: Final = ("volume", "value", "high", "low")


def from_version_1(old: Rows) -> Rows:
    """Return rows of today's dtype with the values of rows of version 1.

    What version 1 did not keep is as at the beginning of the day: it fills up from the next bar on, and is whole on the
    next trading date.
    """
    rows = np.zeros(len(old), ROW).view(np.recarray)
    for index, day_start in enumerate(old["day_start"].tolist()):
        begin_day(rows[index], day_start)
    for name in set(VERSION_1.names or ()) & set(ROW.names or ()):
        rows[name] = old[name]
    rows["looked"] = old["price_time"]
    for name in SETTLED:
        rows["settled"][name] = old[f"settled_{name}"]
    return rows.view(np.ndarray)


OLDER_ROWS: Final[Mapping[int, tuple[np.dtype[np.void], Callable[[Rows], Rows]]]] = {1: (VERSION_1, from_version_1)}
"""The dtype of each older version, and how its rows become today's."""
