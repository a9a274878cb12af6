"""A row of halts and bands to metrics, at an instant of the event-time grid (``schemas/halt_metrics.py``)."""

from typing import Final

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.halt_state import HaltRow
from streams.market.halts import TRADING, next_resumption, state_at
from streams.market.limit_bands import distance_pct

HALT_COLUMNS: Final = (
    "halted",
    "halt_time",
    "resume_time",
    "halts_today",
    "limit_up",
    "limit_down",
    "limit_up_distance_pct",
    "limit_down_distance_pct",
)


@compiled_in_place
def has_limits(row: HaltRow, time: int, opens: int, closes: int) -> bool:
    """Return whether the row's bands are of the regular session that is on; all in ms."""
    return opens <= row.limits_time and opens <= time < closes


@compiled_in_place
def write_halt_metrics(  # noqa: PLR0913, PLR0917 - compiled code passes numbers, not objects
    row: HaltRow, time: int, day_start: int, opens: int, closes: int, price: float, line: npt.NDArray[np.float64]
) -> None:
    """Write a row's metrics at an instant of the day in the order of ``HALT_COLUMNS``; NaN where undefined.

    Times are in ms since the epoch; ``price`` (dollars, NaN: none) is the ticker's at that instant.
    """
    for column in range(len(HALT_COLUMNS)):
        line[column] = np.nan
    if row.halt_time != 0:
        line[0] = 0.0 if state_at(row, time) == TRADING else 1.0
        line[1] = row.halt_time
        resumes = next_resumption(row, time, day_start, closes)
        line[2] = resumes if resumes != 0 else np.nan
    if row.day_start == day_start:
        line[3] = row.halts_today
    if has_limits(row, time, opens, closes):
        line[4] = row.limit_up
        line[5] = row.limit_down
        line[6] = distance_pct(row.limit_up, price)
        line[7] = distance_pct(row.limit_down, price)
