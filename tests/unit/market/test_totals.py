"""What bars add up to: sums, and extremes with the first bar that made them, whatever the order of arrival."""

import itertools
from datetime import date
from typing import Final

import numpy as np
import pytest

from streams.market.session import trading_day_of
from streams.market.totals import (
    NEVER,
    NO_PART,
    POST_MARKET,
    PRE_MARKET,
    REGULAR,
    TOTALS,
    add,
    clear,
    copy,
    opening_part,
    session_of,
)
from tests.unit.market.builders import MINUTE, SECOND, uncompiled

DAYS: Final = (
    date(2025, 1, 6),
    date(2025, 3, 7),  # the last session before summer time, and the first in it
    date(2025, 3, 10),
    date(2025, 10, 31),
    date(2025, 11, 3),
    date(2025, 11, 28),  # a half day
    date(2025, 12, 31),
    date(2026, 1, 2),
)
Bar = tuple[int, float, float, float, float]
"""Start, high, low, close, volume."""


def totals_of(*bars: Bar, session: int = REGULAR, part: int = NO_PART) -> np.void:
    """Return the totals of bars."""
    totals = np.zeros(1, TOTALS)
    uncompiled(clear)(totals[0])
    for bar in bars:
        uncompiled(add)(totals[0], *bar, session, part)
    return totals[0]  # type: ignore[no-any-return] # an element of a structured array


@pytest.mark.parametrize("day", DAYS)
def test_a_bar_is_of_the_session_in_which_it_starts(day: date) -> None:
    """09:29:59.999 is pre-market and 09:30:00.000 regular; the close likewise, on half days and on either time."""
    found = trading_day_of(day)
    starts = [found.open - 1, found.open, found.close - 1, found.close, found.end - 1]

    sessions = [uncompiled(session_of)(start, found.open, found.close) for start in starts]

    assert sessions == [PRE_MARKET, REGULAR, REGULAR, POST_MARKET, POST_MARKET]


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (-1, NO_PART),
        (0, 0),
        (MINUTE - 1, 0),
        (MINUTE, 1),
        (5 * MINUTE - 1, 1),
        (5 * MINUTE, 2),
        (15 * MINUTE, 3),
        (30 * MINUTE - 1, 3),
        (30 * MINUTE, NO_PART),
    ],
)
def test_parts_of_the_first_half_hour(after: int, part: int) -> None:
    """They end 1, 5, 15 and 30 minutes after the open; an edge belongs to the later part."""
    opens = trading_day_of(DAYS[0]).open

    assert uncompiled(opening_part)(opens + after, opens) == part


def test_nothing_adds_up_to_nothing() -> None:
    """No volume, and extremes that any price beats."""
    totals = totals_of()

    assert (totals["volume"], totals["value"]) == (0.0, 0.0)
    assert (totals["high"] == -np.inf).all()
    assert (totals["low"] == np.inf).all()
    assert (totals["high_time"] == NEVER).all()
    assert (totals["opening_high"] == -np.inf).all()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_first_bar_with_an_extreme_has_made_it(order: tuple[int, ...]) -> None:
    """Of bars with the same high the time is that of the earliest start, whichever came first."""
    bars: list[Bar] = [(10, 5.0, 1.0, 3.0, 2.0), (20, 5.0, 1.0, 4.0, 1.0), (30, 4.0, 2.0, 4.0, 1.0)]
    totals = totals_of(*(bars[index] for index in order))

    assert (totals["high"][REGULAR], totals["high_time"][REGULAR]) == (5.0, 10)
    assert (totals["low"][REGULAR], totals["low_time"][REGULAR]) == (1.0, 10)
    assert (totals["volume"], totals["value"]) == (4.0, 14.0)
    assert totals["high"][PRE_MARKET] == totals["high"][POST_MARKET] == -np.inf


def test_a_bar_counts_in_its_part_of_the_first_half_hour() -> None:
    """The others keep what they had."""
    totals = totals_of((10, 5.0, 1.0, 3.0, 2.0), (11, 6.0, 2.0, 3.0, 2.0), part=1)

    assert totals["opening_high"].tolist() == [-np.inf, 6.0, -np.inf, -np.inf]
    assert totals["opening_low"].tolist() == [np.inf, 1.0, np.inf, np.inf]


def test_a_copy_is_equal_in_every_field() -> None:
    """To the bit, and apart from what it was made of."""
    source = totals_of((10, 5.0, 1.0, 3.0, 2.0), session=POST_MARKET, part=3)
    target = totals_of((SECOND, 9.0, 0.5, 3.0, 7.0), session=PRE_MARKET, part=0)

    uncompiled(copy)(target, source)

    assert target.tobytes() == source.tobytes()
    uncompiled(clear)(source)
    assert target["volume"] == 2.0
