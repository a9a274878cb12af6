"""Today's references and curves stand beside tomorrow's, and those of other dates make room."""

from typing import Final

import numpy as np

from schemas.records import Reference, VolumeCurve
from streams.background import Background, Backgrounds
from streams.market.known import FACT_NAMES

TODAY: Final = "2025-01-06"
TOMORROW: Final = "2025-01-07"
LATER: Final = ("2025-01-08", "2025-01-10")


def reference(ticker: str, close: float | None = 10.0, volume: float | None = 5.0, day: str = TODAY) -> Reference:
    """Return a reference record."""
    return Reference(ticker=ticker, trading_date=day, prev_close=close, avg_volume=volume)


def curve(ticker: str, day: str = TODAY, days: int = 10) -> VolumeCurve:
    """Return a curve record."""
    return VolumeCurve(ticker=ticker, trading_date=day, sample_days=days, seconds=(60,), volumes=(1.0,))


def close(background: Background, day: str) -> float | None:
    """Return the previous close of ``A``, ``None`` where there is no record of the date."""
    known = background.references(day).get(b"A")
    return None if known is None else float(known.facts[FACT_NAMES.index("prev_close")])


def test_a_record_replaces_that_of_its_ticker_and_date() -> None:
    """And is counted for its date, so that whoever builds on it builds anew; another date's changes nothing."""
    background = Background()
    for record in (reference("A", 1.0), reference("A", 2.0), curve("A"), reference("A", 3.0, day=TOMORROW)):
        background.put(record)

    assert (close(background, TODAY), close(background, TOMORROW)) == (2.0, 3.0)
    assert background.versions == {TODAY: 3, TOMORROW: 1}
    assert background.curves(TODAY)[b"A"].sample_days == 10
    assert background.curves(TOMORROW) == {}


def test_null_is_nan_and_lists_keep_their_order() -> None:
    """Newest first; with yesterday's bar alone, its high and low are the days before."""
    background = Background()
    highs = Reference(ticker="A", trading_date=TODAY, prev_high=9.0, highs=(3.0, 5.0), lows=(1.0, 2.0))
    background.put(highs)
    background.put(Reference(ticker="B", trading_date=TODAY, prev_high=9.0))

    assert np.isnan(background.references(TODAY)[b"A"].facts[FACT_NAMES.index("prev_close")])
    assert background.days(TODAY, "A").highs.tolist() == [3.0, 5.0]
    assert background.days(TODAY, "A").lows.tolist() == [1.0, 2.0]
    assert background.days(TODAY, "B").highs.tolist() == [9.0]
    assert background.days(TODAY, "NONE").highs.tolist() == []


def test_tomorrow_stands_beside_today() -> None:
    """Whichever is published last, and of the rest the date in use stays and the one longest without news goes."""
    background = Background()
    background.put(reference("A", 1.0))
    background.put(curve("A", days=1))
    assert close(background, TODAY) == 1.0
    for number, day in enumerate((TOMORROW, *LATER), start=2):
        background.put(reference("A", float(number), day=day))
        background.put(curve("A", day, days=number))

    days = (TODAY, TOMORROW, *LATER)
    assert [close(background, day) for day in days] == [1.0, None, None, 4.0]
    assert [len(background.curves(day)) for day in days] == [1, 0, 0, 1]


def test_a_partition_keeps_its_background() -> None:
    """The same object for good, another one for another partition."""
    backgrounds = Backgrounds()

    assert backgrounds.of(3) is backgrounds.of(3)
    assert backgrounds.of(3) is not backgrounds.of(4)
