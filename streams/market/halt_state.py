"""What is known of a ticker's newest halt and of its price bands: one row of a structured array.

A row is what the changelog holds: all that folding ``halts`` needs. Fields are 8 bytes wide; prices are in dollars,
times in ms since the epoch (UTC). "None" is NaN for prices, 0 for times.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

HALT_VERSION: Final = 1
"""Of the dtype below; the changelog's records name it."""

HALT_ROW: Final = np.dtype(
    (
        np.record,
        [
            ("source", "i8"),  # the topic (by the broker's id) that the row was folded from
            ("offset", "i8"),  # of the last record of ``halts`` applied to this row; -1 before the first
            ("day_start", "i8"),  # 04:00 of the newest trading date with a record; 0 before the first
            ("halts_today", "i8"),  # halts that began on that date
            ("halt_time", "i8"),  # when the newest halt began; 0 before the first
            ("reason", "i8"),  # its number in ``halt_codes``
            ("reason_code", "i8"),  # the code itself, packed
            ("pause_price", "f8"),  # pause threshold price as the exchange says
            ("heard_from", "i8"),  # bits of the feeds that told of it, and of their contradicting each other
            ("listed_time", "i8"),  # event time of the exchange's newest record of it; 0 where there is none
            ("quote_time", "i8"),  # when quoting resumes, as the exchange says
            ("trade_time", "i8"),  # when trading resumes, as the exchange says
            ("resumed_time", "i8"),  # newest limit-up limit-down message that said that trading resumed, of any halt
            ("told_halt", "i8"),  # halt_time as the event ``halted`` told it
            ("told_resumption", "i8"),  # 1 once the event ``resumed`` was told
            ("limit_up", "f8"),  # upper band
            ("limit_down", "f8"),  # lower band
            ("limits_time", "i8"),  # when the bands were told
        ],
    )
)

HaltRows: TypeAlias = npt.NDArray[np.void]
HaltRow: TypeAlias = np.record
"""One row of ``HALT_ROW``; compiled functions take it by reference."""


def empty_halt_rows(count: int) -> HaltRows:
    """Return rows that nothing was applied to."""
    rows = np.zeros(count, HALT_ROW)
    rows["offset"] = -1
    for name in ("pause_price", "limit_up", "limit_down"):
        rows[name] = np.nan
    return rows


@compiled_in_place
def begin_halt_day(row: HaltRow, day_start: int) -> None:
    """Begin the trading date that starts at ``day_start``: halts are counted anew, and one that is on goes on."""
    row.day_start = day_start
    row.halts_today = 0
