"""The oracle of watched boards, worked out by hand: who enters, who leaves, and what the end of a session does.

Moments are in UTC, on a Monday of winter: New York is five hours behind.
"""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.flat_files import bar, nanoseconds, write
from tests.support.oracle import Alert, expected_alerts

MONDAY: Final = "2025-01-06"
FRIDAY: Final = "2025-01-03"


def told(folder: Path, bars: list[tuple[str, float]], reference: str, header: str, **others: Any) -> list[Alert]:  # noqa: ANN401
    """Return who enters and leaves boards in a day of bars, given by their moment and price."""
    file = write(folder / "bars.csv", [bar("AAA", f"{MONDAY} {utc}", [price], 100) for utc, price in bars])
    known = write(folder / "reference.csv", [reference], header)
    found = expected_alerts(file, None, known, bar_seconds=60, **others)
    return [alert for alert in found if alert["kind"] in {"entered", "left"}]


def ids(alerts: list[Alert]) -> list[tuple[str, str, str]]:
    """Return kind, ticker and board of alerts; the moment stands between them."""
    return [(kind, ticker, board) for kind, ticker, _, board in (alert["id"].split(":") for alert in alerts)]


def test_enters_and_leaves_and_the_session_ends(tmp_path: Path) -> None:
    """A gap of five percent is enough, less is not; at the open, when there is no such board, nobody leaves it."""
    bars = [("13:00", 10.4), ("13:01", 10.5), ("13:02", 10.4), ("13:03", 9.5), ("14:29", 10.0)]

    found = told(tmp_path, bars, "AAA,10,1e9", "ticker,prev_close,market_cap")

    board = "small_cap_gappers"
    assert ids(found) == [("entered", "AAA", board), ("left", "AAA", board), ("entered", "AAA", board)]
    assert [alert["value"] for alert in found] == pytest.approx([5, 4, -5])
    assert [alert["event_time"] for alert in found] == [
        nanoseconds(f"{MONDAY} {utc}") // 1_000_000 for utc in ("13:02", "13:03", "13:04")
    ]
    assert {(alert["session"], alert["note"], alert["level"]) for alert in found} == {
        ("pre_market", "Small-cap gappers", None)
    }


def test_a_bar_that_ends_with_the_session_is_of_the_next(tmp_path: Path) -> None:
    """The last minute before the open is looked at when the board is closed."""
    assert told(tmp_path, [("14:29", 11.0)], "AAA,10,1e9", "ticker,prev_close,market_cap") == []


def test_all_that_a_condition_is_on_must_be_known(tmp_path: Path) -> None:
    """Up thirty percent on three times the volume of the hour: a runner with its float known, else not."""
    history = write(tmp_path / "history.csv", [bar("AAA", f"{FRIDAY} 15:00", [10], 30)])
    options: dict[str, Any] = {"history": [history]}

    found = told(tmp_path, [("15:00", 13.0)], "AAA,10,5e6", "ticker,prev_close,float_shares", **options)

    assert ids(found) == [("entered", "AAA", "low_float_runners")]
    assert found[0]["value"] == pytest.approx(30)
    assert told(tmp_path, [("15:00", 13.0)], "AAA,10,", "ticker,prev_close,float_shares", **options) == []
