"""The state machine of halts, fed by one feed, by the other, and by both."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from streams.market.halt_codes import PAUSE, UNKNOWN, packed
from streams.market.halts import (
    BANDS,
    CONTRADICTED,
    EXCHANGE,
    PAUSE_MS,
    STATES,
    list_halt,
    list_times,
    next_resumption,
    pause_begins,
    pause_ends,
    resumption,
    state_at,
    take_limits,
)
from tests.unit.market.builders import DAY, HALF_DAY, MINUTE, NEXT_DAY, SECOND, uncompiled
from tests.unit.market.halt_builders import blank_row

NOON = DAY.open + 150 * MINUTE


class Machine:
    """A row and what happens to it, uncompiled."""

    def __init__(self) -> None:
        """Begin on a trading date, with no halt."""
        self.row: Any = blank_row()
        self.row.day_start = DAY.start

    def pause(self, time: int, reason: int = PAUSE) -> None:
        """Hear that a pause begins."""
        uncompiled(pause_begins)(self.row, time, reason)

    def resume(self, time: int) -> None:
        """Hear that trading resumed."""
        uncompiled(pause_ends)(self.row, time)

    def list(self, halt_time: int, code: str = "T1", said: int = 0, quote: int = 0, trade: int = 0) -> None:
        """Hear what the exchange lists."""
        if uncompiled(list_halt)(self.row, halt_time, said or halt_time, packed(code)):
            uncompiled(list_times)(self.row, np.nan, quote, trade)

    def state(self, time: int) -> str:
        """Return the state's name at an instant."""
        name: str = STATES[uncompiled(state_at)(self.row, time)]
        return name

    def resumes(self) -> int:
        """Return when trading resumes."""
        return int(uncompiled(resumption)(self.row))

    def next(self, time: int, day: Any = DAY) -> int:  # noqa: ANN401 - a trading day
        """Return when trading next may resume."""
        return int(uncompiled(next_resumption)(self.row, time, day.start, day.close))


@pytest.fixture
def machine() -> Machine:
    """Return a machine that has heard nothing."""
    return Machine()


def test_a_ticker_trades_until_something_is_said(machine: Machine) -> None:
    """No halt, no state but trading, no resumption."""
    assert machine.state(NOON) == "trading"
    assert machine.next(NOON) == 0


def test_a_pause_by_its_messages(machine: Machine) -> None:
    """Halted from the first instant on, trading from the instant of the message on."""
    machine.pause(NOON)
    assert [machine.state(NOON + time) for time in (-1, 0, 10 * MINUTE)] == ["trading", "halted", "halted"]

    machine.resume(NOON + 5 * MINUTE)
    assert [machine.state(NOON + 5 * MINUTE + time) for time in (-1, 0)] == ["halted", "trading"]
    assert (machine.row.halts_today, machine.row.heard_from, machine.row.reason) == (1, BANDS, PAUSE)


def test_a_halt_as_the_exchange_lists_it(machine: Machine) -> None:
    """Halted, quoting and trading at the listed times, which lie ahead: nothing more needs to be said."""
    machine.list(NOON, "T1")
    assert machine.state(NOON + 3 * 60 * MINUTE) == "halted"

    machine.list(NOON, "T3", said=NOON + 30 * MINUTE, quote=NOON + 40 * MINUTE, trade=NOON + 45 * MINUTE)
    states = [machine.state(NOON + minutes * MINUTE + ms) for minutes, ms in ((40, -1), (40, 0), (45, -1), (45, 0))]
    assert states == ["halted", "quoting", "quoting", "trading"]
    assert machine.row.halts_today == 1
    assert machine.row.heard_from == EXCHANGE


def test_a_quote_time_without_a_trade_time(machine: Machine) -> None:
    """Quoting goes on, and when trading resumes nobody has said."""
    machine.list(NOON, "IPO1", quote=NOON + MINUTE)

    assert machine.state(NOON + 60 * MINUTE) == "quoting"
    assert machine.next(NOON + 60 * MINUTE) == 0


@pytest.mark.parametrize("apart", [-MINUTE, -1, 0, 1, MINUTE])
@pytest.mark.parametrize("bands_first", [True, False])
def test_both_feeds_tell_of_one_halt(machine: Machine, apart: int, bands_first: bool) -> None:  # noqa: FBT001 - which
    """Up to a minute apart it is one halt: the earlier time, the exchange's reason, both feeds noted, counted once."""
    told: list[Callable[[], None]] = [lambda: machine.pause(NOON), lambda: machine.list(NOON + apart, "LUDS")]
    for tell in told if bands_first else told[::-1]:
        tell()

    assert machine.row.halt_time == min(NOON, NOON + apart)
    assert machine.row.heard_from == BANDS | EXCHANGE
    assert machine.row.halts_today == 1
    assert machine.row.reason_code == packed("LUDS")


@pytest.mark.parametrize("bands_first", [True, False])
def test_more_than_a_minute_apart_there_are_two(machine: Machine, bands_first: bool) -> None:  # noqa: FBT001 - which
    """The newer halt is the one the row is about; of the older nothing remains."""
    told: list[Callable[[], None]] = [lambda: machine.pause(NOON), lambda: machine.list(NOON + MINUTE + 1, "T12")]
    for tell in told if bands_first else told[::-1]:
        tell()

    assert machine.row.halt_time == NOON + MINUTE + 1
    assert machine.row.heard_from == EXCHANGE
    assert machine.row.reason_code == packed("T12")
    assert machine.row.halts_today == (2 if bands_first else 1)


def test_resumptions_a_minute_apart_are_one(machine: Machine) -> None:
    """The earlier counts, and nobody contradicts anybody."""
    machine.pause(NOON)
    machine.list(NOON, "LUDP", trade=NOON + 5 * MINUTE)
    machine.resume(NOON + 6 * MINUTE)

    assert machine.resumes() == NOON + 5 * MINUTE
    assert not machine.row.heard_from & CONTRADICTED


@pytest.mark.parametrize("listed_first", [True, False])
def test_feeds_that_differ_are_flagged(machine: Machine, listed_first: bool) -> None:  # noqa: FBT001 - which
    """The message that trading has resumed counts, before or after what was planned."""
    machine.pause(NOON)
    told: list[Callable[[], None]] = [
        lambda: machine.list(NOON, "LUDP", said=NOON + MINUTE, trade=NOON + 5 * MINUTE),
        lambda: machine.resume(NOON + 6 * MINUTE + 1),
    ]
    for tell in told if listed_first else told[::-1]:
        tell()

    assert machine.resumes() == NOON + 6 * MINUTE + 1
    assert machine.row.heard_from == BANDS | EXCHANGE | CONTRADICTED


def test_said_again_it_is_the_same(machine: Machine) -> None:
    """A repeated pause is no new halt, and of repeated resumptions the first counts."""
    machine.pause(NOON)
    machine.pause(NOON + 30 * SECOND)
    machine.pause(NOON + 4 * MINUTE)
    machine.resume(NOON + 5 * MINUTE)
    machine.resume(NOON + 7 * MINUTE)

    assert (machine.row.halt_time, machine.row.halts_today) == (NOON, 1)
    assert machine.resumes() == NOON + 5 * MINUTE


def test_pauses_one_after_another(machine: Machine) -> None:
    """Fifteen seconds after one ended the next begins: two halts, of which the row has the second."""
    machine.pause(NOON)
    machine.resume(NOON + 5 * MINUTE)
    machine.pause(NOON + 5 * MINUTE + 15 * SECOND)

    assert machine.row.halts_today == 2
    assert machine.resumes() == 0
    assert machine.state(NOON + 6 * MINUTE) == "halted"


def test_what_is_late_changes_nothing(machine: Machine) -> None:
    """A halt older than the newest, an older record of the same halt, the end of an older pause."""
    machine.list(NOON, "T3", said=NOON + 20 * MINUTE, trade=NOON + 30 * MINUTE)
    before = machine.row.tobytes()
    machine.pause(NOON - 10 * MINUTE)
    machine.list(NOON - 10 * MINUTE, "T12")
    machine.list(NOON, "T1", said=NOON + 10 * MINUTE)
    assert machine.row.tobytes() == before

    machine.resume(NOON - MINUTE)
    assert machine.resumes() == NOON + 30 * MINUTE


def test_an_end_heard_before_its_pause(machine: Machine) -> None:
    """The order in which the two messages arrive does not matter."""
    machine.resume(NOON + 5 * MINUTE)
    machine.pause(NOON)

    assert machine.state(NOON + MINUTE) == "halted"
    assert machine.state(NOON + 5 * MINUTE) == "trading"


def test_ends_of_no_known_pause(machine: Machine) -> None:
    """The newest is remembered, in whatever order they come, for the pause that may still be heard of."""
    machine.resume(NOON + 5 * MINUTE)
    machine.resume(NOON + 4 * MINUTE)
    machine.pause(NOON + 4 * MINUTE + SECOND)

    assert machine.resumes() == NOON + 5 * MINUTE


def test_of_two_records_said_at_once_the_second_counts(machine: Machine) -> None:
    """The order of the log decides."""
    machine.list(NOON, "T1")
    machine.list(NOON, "T12", trade=NOON + MINUTE)

    assert machine.row.reason_code == packed("T12")
    assert machine.resumes() == NOON + MINUTE


def test_a_halt_goes_on_into_the_next_day(machine: Machine) -> None:
    """T12 lasts until the exchange says otherwise, and was not begun today."""
    machine.list(NOON, "T12")
    machine.row.day_start = NEXT_DAY.start

    assert machine.state(NEXT_DAY.open) == "halted"
    assert machine.next(NEXT_DAY.open, NEXT_DAY) == 0


def test_a_pause_that_never_ended(machine: Machine) -> None:
    """On another day a pause is a new one, and that the last one did not end is flagged."""
    machine.pause(NOON)
    machine.row.day_start = NEXT_DAY.start
    machine.row.halts_today = 0
    assert machine.next(NEXT_DAY.open, NEXT_DAY) == 0

    machine.pause(NEXT_DAY.open + MINUTE)
    assert machine.row.halt_time == NEXT_DAY.open + MINUTE
    assert machine.row.heard_from == BANDS | CONTRADICTED
    assert machine.row.halts_today == 1


def test_an_old_halt_is_none_of_today(machine: Machine) -> None:
    """The exchange still lists halts of years ago."""
    machine.list(DAY.start - 1)

    assert machine.row.halts_today == 0
    assert machine.state(NOON) == "halted"


@pytest.mark.parametrize(
    ("after", "steps"),
    [(0, 1), (PAUSE_MS - 1, 1), (PAUSE_MS, 2), (2 * PAUSE_MS - 1, 2), (2 * PAUSE_MS, 3), (13 * MINUTE, 3)],
)
def test_a_pause_is_extended_by_five_minutes(machine: Machine, after: int, steps: int) -> None:
    """Where nobody has said by then that trading resumed, it next may five minutes later."""
    machine.pause(NOON)

    assert machine.next(NOON + after) == NOON + steps * PAUSE_MS


@pytest.mark.parametrize("day", [DAY, HALF_DAY])
def test_a_late_pause_runs_into_the_close(machine: Machine, day: Any) -> None:  # noqa: ANN401 - a trading day
    """One that is on ten minutes before the close (12:50 on half days) ends with it; after that nobody knows."""
    machine.row.day_start = day.start
    machine.pause(day.close - 15 * MINUTE - 1)
    assert machine.next(day.close - 15 * MINUTE, day) == day.close - 10 * MINUTE - 1
    assert machine.next(day.close - 10 * MINUTE, day) == day.close

    machine.resume(day.close - 14 * MINUTE)
    machine.pause(day.close - 9 * MINUTE)
    assert machine.next(day.close - 9 * MINUTE, day) == day.close
    assert machine.next(day.close - 1, day) == day.close
    assert machine.next(day.close, day) == 0


def test_a_pause_that_would_end_at_ten_to_four(machine: Machine) -> None:
    """It is on at that instant, so it goes on until the close."""
    machine.pause(DAY.close - 15 * MINUTE)

    assert machine.next(DAY.close - 15 * MINUTE) == DAY.close


def test_a_listed_time_is_the_next_one(machine: Machine) -> None:
    """Pause or not; and once it has come there is none."""
    machine.pause(NOON)
    machine.list(NOON, "LUDP", said=NOON + MINUTE, trade=NOON + 10 * MINUTE)

    assert machine.next(NOON + MINUTE) == NOON + 10 * MINUTE
    assert machine.next(NOON + 10 * MINUTE) == 0


@pytest.mark.parametrize("code", ["T1", "T2", "T12", "H10", "MWC1", "MWC3", "X9"])
def test_other_halts_last_until_a_time_is_published(machine: Machine, code: str) -> None:
    """Nobody knows when."""
    machine.list(NOON, code)

    assert machine.next(NOON + MINUTE) == 0


def test_a_pause_of_no_told_reason(machine: Machine) -> None:
    """Outside the regular session a message does not say a volatility pause."""
    machine.pause(DAY.open - MINUTE, UNKNOWN)

    assert (machine.row.reason, machine.row.reason_code) == (UNKNOWN, 0)
    assert machine.next(DAY.open) == 0


def test_the_newest_bands_count(machine: Machine) -> None:
    """A late message does not regress them, one without bands leaves them, one may have one side only."""
    take = uncompiled(take_limits)
    take(machine.row, NOON, 11.0, 9.0)
    take(machine.row, NOON - 1, 99.0, 1.0)
    take(machine.row, NOON + 1, np.nan, np.nan)
    assert (machine.row.limit_up, machine.row.limit_down, machine.row.limits_time) == (11.0, 9.0, NOON)

    take(machine.row, NOON, 11.5, np.nan)
    assert machine.row.limit_up == 11.5
    assert np.isnan(machine.row.limit_down)
    take(machine.row, NOON + 2, np.nan, 8.5)
    assert np.isnan(machine.row.limit_up)
    assert (machine.row.limit_down, machine.row.limits_time) == (8.5, NOON + 2)
