"""Rows of trades: empty ones, a new trading date, the day's totals."""

import numpy as np
import pytest

from streams.market.trade_state import TRADE_ROW, add_to_day, begin_trade_day, empty_trade_rows
from tests.unit.market.builders import uncompiled


def test_fields_are_eight_bytes_wide() -> None:
    """The first three say where a row comes from, as every table's do."""
    assert TRADE_ROW.names is not None
    assert TRADE_ROW.names[:3] == ("source", "offset", "day_start")
    assert all(field.base.itemsize == 8 for field, *_ in (TRADE_ROW.fields or {}).values())


def test_a_new_day_leaves_nothing_of_the_old_one() -> None:
    """But for where the row comes from, every field is that of a row without trades, whatever stood there."""
    rows = empty_trade_rows(2)
    rows[0] = np.ones(1, TRADE_ROW)[0]
    for row in rows:
        uncompiled(begin_trade_day)(row, 5)
        row["offset"] = row["source"] = 0

    assert rows[0].tobytes() == rows[1].tobytes()
    assert rows[0]["day_start"] == 5
    assert np.isnan([rows[0]["price"], rows[0]["older_price"], rows[0]["largest_price"]]).all()


@pytest.mark.parametrize(
    ("second", "largest"),
    [
        ((11.0, 300.0, 20), (300.0, 11.0, 20)),
        ((11.0, 100.0, 20), (200.0, 10.0, 10)),
        ((11.0, 200.0, 20), (200.0, 10.0, 10)),
        ((11.0, 200.0, 10), (200.0, 10.0, 10)),
        ((11.0, 200.0, 9), (200.0, 11.0, 9)),
    ],
)
def test_the_largest_print_of_the_day(second: tuple[float, float, int], largest: tuple[float, float, int]) -> None:
    """The largest wins; of equal ones the earliest, of those of one time the first that came."""
    row = empty_trade_rows(1)[0]
    uncompiled(begin_trade_day)(row, 5)
    uncompiled(add_to_day)(row, 10.0, 200.0, 10)
    uncompiled(add_to_day)(row, *second)

    assert (row["largest_size"], row["largest_price"], row["largest_time"]) == largest
    assert (row["trades"], row["volume"]) == (2, 200.0 + second[1])
    assert row["value"] == 2000.0 + second[0] * second[1]
