"""The metrics of halts and bands at an instant, and when there are none."""

import math

import numpy as np

from schemas.halt_metrics import HALT_METRICS
from streams.market.halt_metrics import HALT_COLUMNS, write_halt_metrics
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND
from tests.unit.market.halt_builders import Halts, band, blank_row, halt, metrics, paused, resumed

NOON = DAY.open + 150 * MINUTE
LIMITS = HALT_COLUMNS[4:]


def test_the_columns_are_those_of_the_table() -> None:
    """Names and order."""
    assert [metric.name for metric in HALT_METRICS] == list(HALT_COLUMNS)


def test_of_a_ticker_never_heard_of_there_are_none() -> None:
    """All are None."""
    assert set(metrics(blank_row(), NOON, 10.0).values()) == {None}


def test_a_pause() -> None:
    """Halted until trading resumes, then not; when it began stays known."""
    halts = Halts()
    halts.fold(paused("A", NOON))
    told = halts.told(NOON)
    assert [told[name] for name in HALT_COLUMNS[:4]] == [1.0, NOON, NOON + 5 * MINUTE, 1.0]

    halts.fold(resumed("A", NOON + 5 * MINUTE))
    told = halts.told(NOON + 5 * MINUTE)
    assert [told[name] for name in HALT_COLUMNS[:4]] == [0.0, NOON, None, 1.0]


def test_quoting_is_still_halted() -> None:
    """The board of halted tickers shows those too that only quote."""
    halts = Halts()
    halts.fold(halt("A", NOON, quote=NOON + MINUTE, trade=NOON + 2 * MINUTE))

    assert [halts.told(NOON + minute * MINUTE)["halted"] for minute in (0, 1, 2)] == [1.0, 1.0, 0.0]
    assert halts.told(NOON + MINUTE)["resume_time"] == NOON + 2 * MINUTE


def test_the_next_day() -> None:
    """What is still halted shows as such; of how many halts there were today nothing is known until something is."""
    halts = Halts()
    halts.fold(halt("A", NOON, "T12"))
    told = halts.told(NEXT_DAY.open)
    assert [told[name] for name in HALT_COLUMNS[:4]] == [1.0, NOON, None, None]

    halts.fold(band("A", NEXT_DAY.open, 9.0, 11.0))
    assert halts.told(NEXT_DAY.open)["halts_today"] == 0.0


def test_bands_and_their_distances() -> None:
    """In dollars and in percent of the price; without a price there is no distance."""
    halts = Halts()
    halts.fold(band("A", NOON, 9.0, 11.0))
    told = halts.told(NOON + SECOND, 10.0)
    assert [told[name] for name in LIMITS] == [11.0, 9.0, 10.0, -10.0]
    assert told["halted"] is None
    assert told["halts_today"] == 0.0

    told = halts.told(NOON + SECOND, math.nan)
    assert [told[name] for name in LIMITS] == [11.0, 9.0, None, None]


def test_one_band_may_be_missing() -> None:
    """Then that one is None, with its distance."""
    halts = Halts()
    halts.fold(band("A", NOON, None, 0.04))
    told = halts.told(NOON, 0.02)

    assert [told[name] for name in LIMITS] == [0.04, None, 100.0, None]


def test_bands_are_of_the_regular_session_that_is_on() -> None:
    """None before it and from its close on, and none that were told before it."""
    halts = Halts()
    halts.fold(band("A", DAY.open, 9.0, 11.0))
    shown = [halts.told(time)["limit_up"] for time in (DAY.open - 1, DAY.open, DAY.close - 1, DAY.close)]
    assert shown == [None, 11.0, 11.0, None]
    assert halts.told(NEXT_DAY.open)["limit_up"] is None

    halts.fold(band("A", NEXT_DAY.open - 1, 9.0, 11.0))
    assert halts.told(NEXT_DAY.open)["limit_up"] is None


def test_both_forms_agree() -> None:
    """Compiled or not."""
    halts = Halts()
    halts.fold(band("A", NOON, 9.0, 11.0), paused("A", NOON))
    line = np.zeros(len(HALT_COLUMNS))
    write_halt_metrics(halts.row(), NOON, DAY.start, DAY.open, DAY.close, 10.0, line)

    assert line.tolist() == list(halts.told(NOON).values())
