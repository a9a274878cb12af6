"""Limit-up limit-down bands: every tier and price band, their edges, and when they are doubled."""

import math
from datetime import date

import numpy as np
import pytest

from streams.market.limit_bands import LimitBands, band_width, bands, distance_pct, is_doubled, to_penny, width_pct
from streams.market.session import TradingDay, trading_day_of
from tests.unit.market.builders import uncompiled

DAY = trading_day_of(date(2025, 1, 6))
HALF_DAY = trading_day_of(date(2025, 11, 28))
SUMMER_DAY = trading_day_of(date(2025, 7, 1))
MINUTE = 60_000


def at(time_of_day: str, day: TradingDay = DAY) -> int:
    """Return a New York time (HH:MM:SS.mmm) of a day in ms."""
    hours, minutes, seconds = time_of_day.split(":")
    return day.start + round(((int(hours) - 4) * 60 + int(minutes)) * MINUTE + float(seconds) * 1000)


@pytest.mark.parametrize(
    ("previous_close", "tier", "low", "high"),
    [
        (100.0, 1, 9.5, 10.5),
        (3.01, 1, 9.5, 10.5),
        (3.0001, 2, 9.0, 11.0),
        (100.0, 2, 9.0, 11.0),
        (3.0, 1, 8.0, 12.0),
        (3.0, 2, 8.0, 12.0),
        (0.75, 1, 8.0, 12.0),
        (0.75, 2, 8.0, 12.0),
        (0.7499, 1, 9.85, 10.15),
        (0.7499, 2, 9.85, 10.15),
    ],
)
def test_the_previous_close_decides(previous_close: float, tier: int, low: float, high: float) -> None:
    """The percentage goes by the previous close, whatever the reference price; $0.75 and $3 are in the middle band."""
    assert bands(10.0, previous_close, tier, at("12:00:00"), DAY) == LimitBands(low, high)


@pytest.mark.parametrize(
    ("reference_price", "low", "high"),
    [(0.70, 0.55, 0.85), (0.20, 0.05, 0.35), (0.16, 0.04, 0.28), (0.10, 0.03, 0.18), (0.02, None, 0.04)],
)
def test_the_lowest_band_is_the_lesser_of_two(reference_price: float, low: float | None, high: float) -> None:
    """$0.15 from $0.20 on, 75 % below that; a lower band below a penny is none."""
    assert bands(reference_price, 0.5, 2, at("12:00:00"), DAY) == LimitBands(low, high)


@pytest.mark.parametrize(
    ("previous_close", "tier", "usual", "doubled"),
    [
        (50.0, 1, LimitBands(9.5, 10.5), LimitBands(9.0, 11.0)),
        (50.0, 2, LimitBands(9.0, 11.0), LimitBands(9.0, 11.0)),
        (3.0, 1, LimitBands(8.0, 12.0), LimitBands(6.0, 14.0)),
        (3.0, 2, LimitBands(8.0, 12.0), LimitBands(6.0, 14.0)),
        (0.5, 1, LimitBands(9.85, 10.15), LimitBands(9.7, 10.3)),
        (0.5, 2, LimitBands(9.85, 10.15), LimitBands(9.7, 10.3)),
    ],
)
@pytest.mark.parametrize(
    ("day", "before", "from_here", "last"),
    [
        (DAY, "15:34:59.999", "15:35:00.000", "15:59:59.999"),
        (SUMMER_DAY, "15:34:59.999", "15:35:00.000", "15:59:59.999"),
        (HALF_DAY, "12:34:59.999", "12:35:00.000", "12:59:59.999"),
    ],
)
def test_the_last_twenty_five_minutes(  # noqa: PLR0913, PLR0917 - two tables
    previous_close: float,
    tier: int,
    usual: LimitBands,
    doubled: LimitBands,
    day: TradingDay,
    before: str,
    from_here: str,
    last: str,
) -> None:
    """Bands are doubled from 15:35 (half days 12:35) to the close, but for Tier 2 above $3."""
    assert bands(10.0, previous_close, tier, at(before, day), day) == usual
    assert bands(10.0, previous_close, tier, at(from_here, day), day) == doubled
    assert bands(10.0, previous_close, tier, at(last, day), day) == doubled


def test_nothing_is_doubled_after_the_open() -> None:
    """The doubling of 09:30 to 09:45 was abolished."""
    assert bands(10.0, 50.0, 1, at("09:30:00.000"), DAY) == LimitBands(9.5, 10.5)
    assert bands(10.0, 50.0, 1, at("09:44:59.999"), DAY) == LimitBands(9.5, 10.5)


@pytest.mark.parametrize("time_of_day", ["04:00:00", "09:29:59.999", "16:00:00.000", "19:59:00"])
def test_there_are_none_outside_the_regular_session(time_of_day: str) -> None:
    """The plan holds from 09:30 to 16:00 only."""
    assert bands(10.0, 50.0, 1, at(time_of_day), DAY) is None


def test_a_half_day_ends_at_one() -> None:
    """After that there are no bands."""
    assert bands(10.0, 50.0, 1, at("13:00:00", HALF_DAY), HALF_DAY) is None


@pytest.mark.parametrize(
    ("reference_price", "previous_close"), [(0.0, 1.0), (1.0, 0.0), (math.nan, 1.0), (1.0, math.nan)]
)
def test_without_prices_there_are_none(reference_price: float, previous_close: float) -> None:
    """Undefined is None."""
    assert bands(reference_price, previous_close, 1, at("12:00:00"), DAY) is None


def test_another_tier_is_refused() -> None:
    """There are two."""
    with pytest.raises(ValueError, match="tier 3: the plan has tiers 1 and 2"):
        bands(10.0, 10.0, 3, at("12:00:00"), DAY)


@pytest.mark.parametrize(
    ("price", "rounded"), [(1.005, 1.01), (1.0049, 1.0), (10.115, 10.12), (0.045, 0.05), (0.0, 0.0), (2.675, 2.68)]
)
def test_prices_are_rounded_to_the_penny(price: float, rounded: float) -> None:
    """Halves go up, also where the half is not one in binary."""
    assert uncompiled(to_penny)(price) == rounded


def test_distances_have_a_side() -> None:
    """Above 0 up to the upper band, below 0 down to the lower one, None without a price or a band."""
    distance = uncompiled(distance_pct)

    assert distance(11.0, 10.0) == 10.0
    assert distance(9.0, 10.0) == -10.0
    assert math.isnan(distance(math.nan, 10.0))
    assert math.isnan(distance(11.0, math.nan))


def test_both_forms_agree() -> None:
    """Compiled or not."""
    for function, arguments in (
        (band_width, (10.0, 3.0, 2, 2.0)),
        (is_doubled, (3.0, 2, DAY.close - 1, DAY.close)),
        (to_penny, (1.005,)),
    ):
        assert function(*arguments) == uncompiled(function)(*arguments)


@pytest.mark.parametrize(
    ("price", "previous_close", "tier", "time", "wanted"),
    [
        (100.0, 3.01, 1.0, DAY.open, 5.0),
        (100.0, 3.01, 2.0, DAY.open, 10.0),
        (2.0, 3.0, 1.0, DAY.open, 20.0),
        (1.0, 0.75, 2.0, DAY.open, 20.0),
        (0.5, 0.74, 2.0, DAY.open, 30.0),
        (0.1, 0.74, 2.0, DAY.open, 75.0),
        (100.0, 3.01, 1.0, DAY.close - 25 * MINUTE, 10.0),
        (100.0, 3.01, 1.0, DAY.close - 25 * MINUTE - 1, 5.0),
        (100.0, 3.01, 2.0, DAY.close - 1, 10.0),
        (2.0, 3.0, 2.0, DAY.close - 1, 40.0),
        (np.nan, 3.0, 2.0, DAY.open, None),
        (2.0, np.nan, 2.0, DAY.open, None),
        (2.0, 3.0, np.nan, DAY.open, None),
        (2.0, 0.0, 2.0, DAY.open, None),
    ],
)
def test_width_in_percent(price: float, previous_close: float, tier: float, time: int, wanted: float | None) -> None:
    """Of the price, by tier, previous close and time; undefined without one of them."""
    for function in (width_pct, uncompiled(width_pct)):
        found = function(price, previous_close, tier, time, DAY.close)
        assert np.isnan(found) if wanted is None else found == pytest.approx(wanted, rel=1e-12)
