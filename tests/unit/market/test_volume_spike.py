"""Spikes of volume: five minutes against the usual five, told when they begin, and again only once they were over."""

from typing import Final

import pytest

from streams.market.totals import PRE_MARKET, REGULAR
from streams.market.volume_spike import CALM_RATIO, SPIKE_MS, SPIKE_RATIO, SPIKE_SHARES
from tests.unit.market.builders import DAY, MINUTE, SECOND, Columns, Told, bar, known_of_all

NOON: Final = DAY.open + 150 * MINUTE
USUAL: Final = 10_000.0
"""Shares that the curve has in every five minutes."""
STEADY: Final = [(300 * step, USUAL * step) for step in range(193)]


def after(*volumes: float, apart: int = SPIKE_MS, curve: list[tuple[int, float]] | None = STEADY) -> Columns:
    """Fold a bar for each volume; five minutes apart each is alone in its window."""
    columns = Columns(known_of=known_of_all(curve))
    columns.fold(*(bar("A", NOON + n * apart - SECOND, 10.0 + n, volume) for n, volume in enumerate(volumes)))
    return columns


def times(columns: Columns) -> list[int]:
    """Return which bars began a spike."""
    return [(event.time - NOON) // SPIKE_MS for event in columns.told("volume_spike")]


def test_what_is_said_of_a_spike() -> None:
    """The price, the usual volume, and how many times that it is."""
    expected = Told("volume_spike", "A", NOON, 10.0, USUAL, SPIKE_RATIO, session=REGULAR)

    assert after(SPIKE_RATIO * USUAL).events == [expected]
    assert after(SPIKE_RATIO * USUAL - 1).events == []


def test_it_is_told_when_it_begins() -> None:
    """Not while it lasts; again once the volume has been below half of what makes a spike."""
    calm = CALM_RATIO * USUAL

    assert times(after(60_000, 70_000, calm, 80_000)) == [0]
    assert times(after(60_000, 70_000, calm - 1, 80_000)) == [0, 3]


def test_a_cooldown_silences_it_and_it_is_over_all_the_same() -> None:
    """A spike that begins within the cooldown of the last one is not told, and neither is what lasts of it."""
    columns = Columns(known_of=known_of_all([(300 * step, 300.0 * step) for step in range(193)]))
    quiet = bar("A", NOON, 10.0, 700.0)
    loud = bar("A", NOON, 10.0, 60_000.0)
    columns.fold(loud, quiet, loud, quiet)

    assert len(columns.told("volume_spike")) == 1
    assert columns.row("A")["spiking"] == 0


def test_few_shares_are_no_spike() -> None:
    """Whatever is usual: a thousand times nothing much is nothing much."""
    thin = [(300 * step, float(step)) for step in range(193)]

    assert after(SPIKE_SHARES - 1, curve=thin).events == []
    assert times(after(SPIKE_SHARES, curve=thin)) == [0]


@pytest.mark.parametrize("curve", [None, [], [(60, 5.0)]])
def test_without_a_usual_volume_there_is_no_spike(curve: list[tuple[int, float]] | None) -> None:
    """No curve, one without steps, or one that has none in these five minutes."""
    columns = after(1e6, 1e6, curve=curve)

    assert columns.told("volume_spike") == []
    assert columns.row("A")["spiking"] == 0


def test_the_window_is_the_five_minutes_before_the_newest_bar() -> None:
    """Bars add up; one that ended five minutes before the newest is out of them."""
    assert times(after(25_000, 25_000, apart=SPIKE_MS - SECOND)) == [0]
    assert times(after(25_000, 25_000)) == []


def test_late_bars_count_with_the_next_newest_one() -> None:
    """A late bar itself says nothing of now, and is in the sum of the bar that comes after it."""
    columns = after(10_000)
    columns.fold(bar("A", NOON - MINUTE, volume=40_000))
    assert columns.events == []

    columns.fold(bar("A", NOON, volume=1.0))
    assert [event.time for event in columns.told("volume_spike")] == [NOON + SECOND]


def test_the_first_minutes_of_a_day() -> None:
    """Where five minutes ago was before 04:00 the usual volume is all since then."""
    columns = Columns(known_of=known_of_all([(60, 1000.0)]))
    columns.fold(bar("A", DAY.start + MINUTE, volume=SPIKE_SHARES))

    (event,) = columns.events
    assert (event.session, event.level, event.value) == (PRE_MARKET, 1000.0, SPIKE_SHARES / 1000)


def test_looking_does_not_move_it() -> None:
    """The board's own five minutes are not these."""
    watched = after(25_000)
    watched.lines(NOON + 10 * MINUTE)
    watched.fold(bar("A", NOON, volume=25_000))

    assert len(watched.told("volume_spike")) == 1
