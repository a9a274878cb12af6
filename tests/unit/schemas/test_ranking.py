"""Ranking: best first, equal values by ticker in code-point order, undefined on no board."""

import numpy as np
import pytest

from schemas.ranking import rank
from tests.unit.market.builders import floats


@pytest.mark.parametrize(("descending", "expected"), [(True, [2, 0, 3]), (False, [3, 0, 2])])
def test_best_first_without_undefined(descending: bool, expected: list[int]) -> None:  # noqa: FBT001 - a column
    """Both directions leave NaN out, and keep both signs."""
    tickers = np.array([b"A", b"B", b"C", b"D"], "S12")

    assert rank(floats(1.0, np.nan, 5.0, -3.0), tickers, descending=descending, size=10).tolist() == expected


@pytest.mark.parametrize("descending", [True, False])
def test_equal_values_by_ticker(descending: bool) -> None:  # noqa: FBT001 - a column
    """Upper case comes before lower case, and a shorter ticker before a longer one, in both directions."""
    tickers = np.array([b"a", b"BB", b"B", b"A"], "S12")

    assert rank(floats(1, 1, 1, 1), tickers, descending=descending, size=3).tolist() == [3, 2, 1]


def test_ties_at_the_end_of_a_board_go_by_ticker() -> None:
    """Of those equal at the last place the first by ticker get it, wherever they stand."""
    tickers = np.array([b"D", b"C", b"B", b"A"], "S12")

    assert rank(floats(1, 1, 1, 2), tickers, descending=True, size=2).tolist() == [3, 2]


def test_nothing_defined_is_an_empty_board() -> None:
    """A board without rows is a board."""
    assert rank(floats(np.nan), np.array([b"A"], "S12"), descending=True, size=500).tolist() == []
    assert rank(floats(), np.array([], "S12"), descending=True, size=500).tolist() == []
