"""``api.changes``: the vectors it shares with the page, and how small its changes are."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.changes import Change, apply, diff
from api.tables import Row
from tests.support.tables import table

VECTORS = json.loads((Path(__file__).parents[2] / "dashboard" / "change_vectors.json").read_text())


def rows(listed: list[list[Any]]) -> list[Row]:
    """Return a table read from JSON."""
    return [tuple(row) for row in listed]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_shared_vectors(vector: dict[str, Any]) -> None:
    """Each vector's change is what diff finds, and leads from old to new."""
    change = Change(
        vector["change"]["upserts"],
        vector["change"]["removals"],
        [(index, ticker) for index, ticker in vector["change"]["moves"]],
    )

    assert diff(table(rows(vector["old"]), vector["width"]), table(rows(vector["new"]), vector["width"])) == change
    assert apply(rows(vector["old"]), change, vector["width"]) == rows(vector["new"])


def test_equal_tables_have_no_change() -> None:
    """Nothing is said where nothing changed."""
    assert diff(table([("A", 1.0, None)], 3), table([("A", 1.0, None)], 3)) is None


def test_a_row_that_climbs_is_the_only_one_moved() -> None:
    """The last row to the top costs one move, not one per row that it passed."""
    old: list[Row] = [(f"T{number}", float(-number)) for number in range(500)]
    new = [old[-1], *old[:-1]]

    assert diff(table(old, 2), table(new, 2)) == Change([], [], [(0, "T499")])


def test_only_cells_that_moved_are_sent() -> None:
    """A cell that stays is not repeated; one that became undefined is."""
    old, new = table([("A", 1.0, 2.0, 3.0)], 4), table([("A", 1.0, None, 4.0)], 4)

    assert diff(old, new) == Change([["A", 2, None, 3, 4.0]], [], [])
