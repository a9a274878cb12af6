"""``api.tables``: rows as numbers, and as they leave the process."""

import numpy as np

from api.tables import DECIMALS, Table, empty

TABLE = Table(("A", "B"), np.array([[1.23456789, np.inf], [-0.00001, np.nan]]))


def test_what_is_not_finite_is_none() -> None:
    """Undefined never leaves as a number."""
    assert TABLE.rows() == [("A", 1.23456789, None), ("B", -0.00001, None)]
    assert empty(("price", "vwap")).rows() == []


def test_cells_are_rounded_for_the_socket() -> None:
    """To a hundredth of a cent; there is no minus before a zero."""
    rounded = TABLE.rounded()

    assert DECIMALS == 4
    assert rounded.rows() == [("A", 1.2346, None), ("B", 0.0, None)]
    assert not np.signbit(rounded.values[1, 0])
    assert np.isnan(rounded.values[:, 1]).all()


def test_tables_are_the_same_where_they_say_the_same() -> None:
    """Undefined equals undefined; order counts."""
    assert TABLE.rounded().equals(TABLE.rounded())
    assert not TABLE.equals(TABLE.first(1))
    assert not TABLE.equals(Table(("B", "A"), TABLE.values))
