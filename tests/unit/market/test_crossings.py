"""Crossings: the newest close goes over to the other side of the VWAP, or of the previous close."""

from typing import Final

import pytest

from streams.market.bar_events import rules
from streams.market.crossings import crossed, side_of
from streams.market.symbol_state import ABOVE, BELOW, NO_SIDE
from streams.market.totals import REGULAR
from tests.unit.market.builders import DAY, HOUR, MINUTE, NEXT_DAY, SECOND, Columns, Told, bar, known_of_all, uncompiled

NOON: Final = DAY.open + 150 * MINUTE
CLOSE: Final = ("prev_close_cross_up", "prev_close_cross_down")
VWAP: Final = ("vwap_cross_up", "vwap_cross_down")


def after(*closes: float, prev_close: float = 10.0, volume: float = 100.0, apart: int = MINUTE) -> Columns:
    """Fold a bar for each close, a minute apart."""
    columns = Columns(known_of=known_of_all(prev_close=prev_close))
    columns.fold(*(bar("A", NOON + number * apart, close, volume) for number, close in enumerate(closes)))
    return columns


@pytest.mark.parametrize("before", [NO_SIDE, BELOW, ABOVE])
def test_sides(before: int) -> None:
    """On the level, or without one, the price is where it was; a difference of rounding is none."""
    sides = [uncompiled(side_of)(price, 10.1, before) for price in (10.2, 10.0, 10.1, 10.1 + 2e-15, 10.1 - 2e-15)]

    assert sides == [ABOVE, BELOW, before, before, before]
    assert uncompiled(side_of)(10.0, float("nan"), before) == before


@pytest.mark.parametrize(
    ("before", "side", "kind"),
    [(NO_SIDE, ABOVE, -1), (ABOVE, ABOVE, -1), (BELOW, ABOVE, 7), (ABOVE, BELOW, 8), (NO_SIDE, NO_SIDE, -1)],
)
def test_a_change_of_sides_is_a_crossing(before: int, side: int, kind: int) -> None:
    """The first side that is known makes none."""
    assert uncompiled(crossed)(before, side, 7, 8) == kind


def test_crossing_the_previous_close() -> None:
    """Up and down, through the level itself, with the bar that did it and the level."""
    columns = after(9.0, 10.0, 11.0, 10.0, 10.0, 9.5)

    assert columns.told(*CLOSE) == [
        Told("prev_close_cross_up", "A", NOON + 2 * MINUTE + SECOND, 11.0, 10.0, session=REGULAR),
        Told("prev_close_cross_down", "A", NOON + 5 * MINUTE + SECOND, 9.5, 10.0, session=REGULAR),
    ]


def test_a_first_bar_crosses_nothing() -> None:
    """It may be anywhere: a gap is no crossing."""
    assert after(50.0).events == []


def test_without_a_reference_there_is_no_close_to_cross() -> None:
    """The VWAP is the ticker's own."""
    columns = Columns()
    columns.fold(*(bar("A", NOON + n * MINUTE, close) for n, close in enumerate((10.0, 9.0, 11.0))))

    assert columns.told(*CLOSE) == []
    assert [event.kind for event in columns.told(*VWAP)] == ["vwap_cross_up"]


def test_the_close_of_an_ex_date_is_adjusted_already() -> None:
    """After a reverse split of one for ten the level is that of the new shares: 9.5 to 10.5 crosses 10, not 1."""
    columns = after(9.5, 10.5, prev_close=10.0)

    assert [(event.kind, event.level) for event in columns.told(*CLOSE)] == [("prev_close_cross_up", 10.0)]


def test_crossing_the_vwap() -> None:
    """Against the VWAP that the bar itself has moved."""
    columns = after(10.0, 9.0, 12.0)

    (event,) = columns.told(*VWAP)
    assert (event.kind, event.time, event.price) == ("vwap_cross_up", NOON + 2 * MINUTE + SECOND, 12.0)
    assert event.level == pytest.approx(31 / 3)


@pytest.mark.parametrize("price", [10.1, 0.1, 33.33, 0.0123])
@pytest.mark.parametrize("volume", [0.7, 33.3, 1e6 / 3])
def test_one_price_crosses_no_vwap(price: float, volume: float) -> None:
    """A ticker that trades at one price all day is on neither side, whatever the last bit of a sum says."""
    flat = after(*[price] * 200, volume=volume, apart=SECOND)

    assert flat.row("A")["vwap_side"] == NO_SIDE
    flat.fold(bar("A", NOON + HOUR, price * 1.01, volume), bar("A", NOON + 2 * HOUR, price, volume))
    assert [event.kind for event in flat.told(*VWAP)] == ["vwap_cross_down"]


def test_without_volume_there_is_no_vwap_to_cross() -> None:
    """Bars of volume 0 have a price and no side."""
    assert after(10.0, 9.0, 11.0, volume=0.0).told(*VWAP) == []


def test_the_cooldown_is_of_each_kind() -> None:
    """Up and down a second apart are two kinds; up again within the minute is silent, and after it is not."""
    columns = Columns(known_of=known_of_all(prev_close=10.0))
    closes = ((0, 9.0), (1, 11.0), (2, 9.0), (3, 11.0), (60, 9.0), (61, 11.0))
    columns.fold(*(bar("A", NOON + second * SECOND, close) for second, close in closes))

    found = [(event.kind, (event.time - NOON) // SECOND - 1) for event in columns.told(*CLOSE)]
    assert found == [(CLOSE[0], 1), (CLOSE[1], 2), (CLOSE[0], 61)]


def test_a_late_bar_says_nothing_of_where_the_price_is() -> None:
    """Neither a crossing nor a side."""
    columns = after(9.0, 9.5)
    columns.fold(bar("A", NOON + SECOND, 20.0))

    assert columns.told(*CLOSE) == []
    assert columns.row("A")["close_side"] == BELOW


@pytest.mark.parametrize("cooldown", [0, MINUTE])
def test_a_correction_may_cross_back_but_once(cooldown: int) -> None:
    """The newest bar, corrected fifty times to and fro, is one event of each kind: its time is its name."""
    columns = Columns(known_of=known_of_all(prev_close=10.0), event_rules=rules(cooldown))
    columns.fold(bar("A", NOON, 9.0), *(bar("A", NOON + MINUTE, 11.0 if n % 2 else 9.0) for n in range(50)))

    assert [event.kind for event in columns.told(*CLOSE)] == list(CLOSE)


def test_yesterdays_side_is_forgotten() -> None:
    """The next morning begins on no side."""
    columns = after(9.0)
    columns.fold(bar("A", NEXT_DAY.start, 11.0))

    assert columns.told(*CLOSE) == []
    assert columns.row("A")["close_side"] == ABOVE
