"""A load from files alone: what they say, together, and what is said of what they lack."""

import datetime as dt
import json
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from streams.feed.curve_builder import History
from streams.feed.daily_measures import history_days
from streams.feed.input_error import InputError
from streams.feed.reference_load import Load, Order, load, read_conditions
from streams.market.session import trading_day_of

DAY: Final = trading_day_of(dt.date(2025, 1, 6))
HEADER: Final = "ticker,date,open,high,low,close,volume\n"


def no_history(path: Path) -> History:
    """Fail: nothing asks for a history."""
    raise AssertionError(path)


async def loaded(order: Order) -> Load:
    """Load from files."""
    return await load(order, None, no_history, lambda *_: None)


async def test_files_are_put_together(tmp_path: Path) -> None:
    """Daily bars, splits of the morning, fields of one's own, trade conditions."""
    days, splits, own, conditions = (
        tmp_path / name for name in ("days.csv", "splits.csv", "own.csv", "conditions.json")
    )
    dates = [each.date for each in history_days(DAY)]
    rows = [f"A,{date},1,1,1,1,1000" for date in dates]
    days.write_text(HEADER + "\n".join([*rows, "B B,2025-01-03,1,1,1,1,1"]))
    splits.write_text("ticker,execution_date,split_from,split_to\nA,2025-01-06,10,1\n")
    own.write_text("ticker,float_shares,avg_volume\nA,77,5\n")
    rules = {"updates_high_low": True, "updates_open_close": True, "updates_volume": True}
    conditions.write_text(json.dumps({"results": [{"id": 0, "update_rules": {"consolidated": rules}}]}))
    order = Order(day=DAY, sessions=10, days=(days,), splits=splits, own=own, conditions=conditions)
    found = await loaded(order)

    (record,) = found.references
    assert (record.prev_close, record.prev_volume, record.split_ratio) == (10.0, 100.0, 0.1)
    assert (record.avg_volume, record.median_volume, record.float_shares) == (5.0, 100.0, 77.0)
    assert [condition.condition for condition in found.conditions] == [0]
    assert found.curves is None
    assert found.notes[0] == f"{days}: 1 lines left out, the first of them:"
    assert found.notes[2:] == ["split today: A, 0.1 new for one old"]


async def test_what_the_bars_lack_is_said(tmp_path: Path) -> None:
    """Too few sessions, the session before among those that are missing."""
    days = tmp_path / "days.csv"
    days.write_text(f"{HEADER}A,2025-01-02,1,1,1,1,1000\n")
    found = await loaded(Order(day=DAY, sessions=3, days=(days,)))

    assert found.references[0].prev_close is None
    assert found.notes == [
        "daily bars: none of 2 sessions of 3, 2024-12-31 to 2025-01-03",
        "daily bars: none of 2025-01-03, the session before: no previous close is known",
        "daily bars: 1 full sessions; avg_volume is over these, not over 3",
        "daily bars: 1 full sessions; there is no avg_volume_30d without 30",
    ]


async def test_a_file_of_ones_own_is_enough(tmp_path: Path) -> None:
    """Nothing is said of bars that nobody asked for."""
    own = tmp_path / "own.csv"
    own.write_text("ticker,prev_close\nA,3\n")
    found = await loaded(Order(day=DAY, sessions=10, own=own))

    assert [record.prev_close for record in found.references] == [3.0]
    assert found.notes == []


async def test_curves_are_over_as_many_sessions() -> None:
    """The history is read file by file, and told of."""
    told: list[tuple[str, int, int]] = []
    second = pl.DataFrame({"ticker": ["A"], "start_time": [DAY.open - 4 * 86_400_000], "volume": [5.0]})

    def history(path: Path) -> History:
        days = int(path.name)
        return History(second.with_columns(pl.col("start_time") - days * 86_400_000), 60_000)

    order = Order(day=DAY, sessions=1, history=(Path("0"), Path("1")))
    found = await load(order, None, history, lambda *step: told.append(step))

    assert found.curves is not None
    assert found.curves.sessions == ("2025-01-02",)
    assert [step for step in told if step[0] == "history"] == [("history", 0, 2), ("history", 1, 2), ("history", 2, 2)]


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"rows": []}', '{"results": []}', '{"results": [{"id": 1}]}'])
def test_conditions_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    """In one line that names the file."""
    path = tmp_path / "conditions.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"conditions\.json: (not the vendor's|no trade condition)"):
        read_conditions(path)
