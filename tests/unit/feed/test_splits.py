"""Splits divide the prices and multiply the volumes before them, and a bad line of a file is an error."""

import datetime as dt
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from streams.feed.daily_bars import DAILY
from streams.feed.input_error import InputError
from streams.feed.splits import SPLITS, adjusted, merged, no_splits, ratios_on, read_splits_file, splits_of

DAY: Final = dt.date(2025, 1, 6)


def bars(*rows: tuple[str, dt.date, float, float]) -> pl.DataFrame:
    """Return daily bars of one price from ticker, date, price, volume."""
    whole = [(ticker, date, price, price, price, price, volume, price) for ticker, date, price, volume in rows]
    return pl.DataFrame(whole, schema=DAILY, orient="row")


def splits(*rows: tuple[str, dt.date, float]) -> pl.DataFrame:
    """Return splits from ticker, execution date, ratio."""
    return pl.DataFrame(rows, schema=SPLITS, orient="row")


def test_a_split_counts_from_its_execution_date_on() -> None:
    """Bars before it, none of the date itself; not yet where it comes after the date asked for; two multiply."""
    before, ex, after = dt.date(2025, 1, 2), dt.date(2025, 1, 3), dt.date(2025, 1, 7)
    found = adjusted(
        bars(("A", before, 1.0, 100.0), ("A", ex, 10.0, 10.0), ("B", before, 5.0, 7.0)),
        splits(("A", ex, 0.1), ("A", DAY, 2.0), ("A", after, 0.5), ("C", ex, 0.5)),
        DAY,
    )

    assert found["close"].to_list() == [pytest.approx(5.0), 5.0, 5.0]
    assert found["volume"].to_list() == [pytest.approx(20.0), 20.0, 7.0]
    assert found["vwap"].to_list() == found["close"].to_list()


def test_ratios_of_the_day() -> None:
    """Only those that take effect on it; a ticker with two has their product."""
    found = ratios_on(splits(("A", DAY, 0.1), ("A", DAY, 3.0), ("B", dt.date(2025, 1, 3), 2.0)), DAY)

    assert found.rows() == [("A", pytest.approx(0.3))]


def test_the_vendors_answers() -> None:
    """``split_to`` new shares for ``split_from`` old ones; what is incomplete or doubled is left out."""
    row = {"execution_date": "2025-01-06", "split_from": 8, "split_to": 1, "ticker": "A"}

    assert splits_of([row, row, {**row, "ticker": None}, {**row, "split_from": 0}]).rows() == [("A", DAY, 0.125)]
    assert splits_of([]).equals(no_splits())


def test_ones_own_win() -> None:
    """For the tickers and dates that they name."""
    theirs = splits(("A", DAY, 0.1), ("B", DAY, 0.1), ("A", dt.date(2025, 1, 3), 2.0))

    assert sorted(merged(theirs, splits(("A", DAY, 0.125))).rows()) == [
        ("A", dt.date(2025, 1, 3), 2.0),
        ("A", DAY, 0.125),
        ("B", DAY, 0.1),
    ]


def test_a_file(tmp_path: Path) -> None:
    """The vendor's names, in any order."""
    path = tmp_path / "splits.csv"
    path.write_text("split_to,ticker,name,execution_date,split_from\n1,NA,x,2025-01-06,10\n")

    assert read_splits_file(path).rows() == [("NA", DAY, 0.1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ticker,ratio\nA,2\n", "no column execution_date, split_from, split_to"),
        (
            "ticker,execution_date,split_from,split_to\nA,6.1.2025,10,1\n",
            "line 2: execution_date '6.1.2025' is not a d",
        ),
        ("ticker,execution_date,split_from,split_to\nA,2025-01-06,0,1\n", "line 2: split_from '0' is not above 0"),
        ("ticker,execution_date,split_from,split_to\nA,2025-01-06,x,1\n", "line 2: split_from 'x' is not a number"),
        ("ticker,execution_date,split_from,split_to\nA,2025-01-06,10\n", "line 2: 3 fields where the header has 4"),
    ],
)
def test_a_bad_line_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    """A split left out would be a wrong price."""
    path = tmp_path / "splits.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_splits_file(path)
