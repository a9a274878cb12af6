"""Events in words: ids, notes of what was passed, and how many days a new high clears."""

from typing import Any, Final

import numpy as np
import pytest

from schemas.codec import Codec
from schemas.records import Alert
from streams.market.alerts import Days, alerts_of, cleared, dollars
from streams.market.events import KINDS, Events, empty_events
from streams.market.grid import SCANNED
from streams.market.halt_codes import HALT_CODES
from streams.market.totals import POST_MARKET, PRE_MARKET, REGULAR
from tests.unit.market.builders import DAY, floats

TIME: Final = DAY.open + 1000
UNKNOWN: Final = Days(floats(), floats())
INF: Final = np.inf


def event(kind: str, **fields: Any) -> Events:  # noqa: ANN401 - any number
    """Return one event; what is not named is blank, as the fold leaves it."""
    found = empty_events(1)
    for name in ("price", "level", "value", "first_level", "second_level"):
        found[name] = np.nan
    found["kind"], found["time"] = KINDS.index(kind), TIME
    for name, value in fields.items():
        found[name] = value
    return found


def alert(kind: str, days: Days = UNKNOWN, **fields: Any) -> Alert:  # noqa: ANN401 - any number
    """Return the alert of an event of the ticker A."""
    asked: list[tuple[str, int]] = []

    def days_of(ticker: str, time: int) -> Days:
        asked.append((ticker, time))
        return days

    (found,) = alerts_of(event(kind, **fields), ["A"], days_of)
    assert asked in ([], [("A", TIME)])
    return found


def test_an_alert_says_what_its_event_says() -> None:
    """Undefined is null, a count of none too; the id names kind, ticker and time."""
    found = alert("vwap_cross_up", price=10.5, level=10.25, session=REGULAR)

    assert found == Alert(
        id=f"vwap_cross_up:A:{TIME}",
        kind="vwap_cross_up",
        ticker="A",
        event_time=TIME,
        session="regular",
        price=10.5,
        level=10.25,
        value=None,
        count=None,
        quality_days=None,
        note="",
    )
    assert Codec().decode(Codec().encode(found)) == found


def test_alerts_are_in_the_order_of_events() -> None:
    """Each with its own ticker."""
    events = np.concatenate([event("new_high", price=1.0), event("new_low", price=2.0)])

    found = list(alerts_of(events, ["A", "B"], lambda *_: UNKNOWN))

    assert [(each.kind, each.ticker) for each in found] == [("new_high", "A"), ("new_low", "B")]


@pytest.mark.parametrize(
    ("level", "price", "note"),
    [
        (14.5, 15.01, "broke the pre-market high of $15.00"),
        (15.0, 15.01, "broke the pre-market high of $15.00"),
        (14.0, 15.0, ""),
        (15.01, 15.02, ""),
        (14.5, 16.5, "broke the pre-market high of $15.00; broke yesterday's high of $16.00"),
        (15.5, 16.5, "broke yesterday's high of $16.00"),
    ],
)
def test_notes_of_a_new_high(level: float, price: float, note: str) -> None:
    """What lies between the old high and the new one was broken: once, strictly."""
    days = Days(floats(16.0, 12.0), floats(1.0, 1.0))

    assert alert("new_high", days, level=level, price=price, first_level=15.0, session=REGULAR).note == note


@pytest.mark.parametrize(
    ("level", "price", "note"),
    [
        (9.5, 8.99, "broke the regular-session low of $9.00"),
        (9.0, 8.99, "broke the regular-session low of $9.00"),
        (9.5, 9.0, ""),
        (9.5, 7.5, "broke the regular-session low of $9.00; broke the pre-market low of $8.00"),
        (8.5, 0.5, "broke the pre-market low of $8.00; broke yesterday's low of $1.00"),
    ],
)
def test_notes_of_a_new_low(level: float, price: float, note: str) -> None:
    """As with highs, downwards, over all sessions of the day."""
    days = Days(floats(16.0), floats(1.0))
    found = alert("new_low", days, level=level, price=price, first_level=8.0, second_level=9.0, session=POST_MARKET)

    assert (found.note, found.session) == (note, "post_market")


def test_what_was_never_traded_was_not_broken() -> None:
    """A session without a bar has an infinite extreme, a ticker without reference no yesterday."""
    found = alert("new_high", level=1.0, price=2.0, first_level=-INF, second_level=-INF, count=3)

    assert (found.note, found.quality_days, found.count) == ("", None, 3)
    assert alert("new_low", level=2.0, price=1.0, first_level=INF, session=PRE_MARKET).note == ""


@pytest.mark.parametrize(("price", "days"), [(10.0, 0), (10.5, 1), (12.0, 1), (12.5, 4)])
def test_quality_is_the_days_cleared(price: float, days: int) -> None:
    """Counted back from yesterday until the first day that is not cleared; all of them where none is left."""
    highs = floats(10.0, 12.0, 11.0, 9.0)

    assert cleared(price, highs, above=True) == days
    assert cleared(-price, -highs, above=False) == days


def test_quality_of_new_highs_and_lows() -> None:
    """Highs against highs, lows against lows."""
    days = Days(floats(10.0, 11.0), floats(9.0, 8.0))

    assert alert("new_high", days, level=1.0, price=10.5).quality_days == 1
    assert alert("new_low", days, level=9.5, price=7.5).quality_days == 2


@pytest.mark.parametrize(("kind", "side"), [("opening_range_up", "high"), ("opening_range_down", "low")])
def test_an_opening_range_is_named_by_its_minutes(kind: str, side: str) -> None:
    """Of one bar there may be four."""
    found = alert(kind, value=15.0, level=0.75, price=1.0)

    assert found.id == f"{kind}:A:{TIME}:15"
    assert found.note == f"broke the 15-minute opening range {side} of $0.7500"


def test_a_run_is_named_by_its_seconds() -> None:
    """Both lengths may end at one time."""
    found = alert("running_down", price=9.0, level=10.0, first_level=20.0, second_level=-3.0)

    assert (found.id, found.note) == (f"running_down:A:{TIME}:20s", "$3.00 a minute over 20 s")


def test_a_halt_is_named_by_its_own_time() -> None:
    """And says its reason in words."""
    found = alert("halted", first_level=float(DAY.open), value=1.0)

    assert found.id == f"halted:A:{DAY.open}"
    assert found.note == HALT_CODES[1].words


def test_a_board_is_named() -> None:
    """A ticker may enter several at one time."""
    board = SCANNED[1].board
    found = alert("entered", first_level=1.0, value=30.0, price=5.0)

    assert (found.id, found.note, found.value) == (f"entered:A:{TIME}:{board.name}", board.title, 30.0)


@pytest.mark.parametrize(
    ("price", "text"),
    [(15.0, "$15.00"), (1.0, "$1.00"), (0.99994, "$0.9999"), (0.00021, "$0.0002"), (1234.5, "$1,234.50")],
)
def test_prices_as_people_write_them(price: float, text: str) -> None:
    """To the cent; below a dollar to a hundredth of a cent."""
    assert dollars(price) == text
