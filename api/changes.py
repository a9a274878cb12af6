"""PURE. The difference of two tables, and its inverse: ``apply(old.rows(), diff(old, new), width) == new.rows()``.

Tickers are unique within a table. ``dashboard/src/board-store.js`` mirrors ``apply``; both are tested with
``tests/dashboard/change_vectors.json``.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from api.tables import Cell, Row, Table, Values


class Change(NamedTuple):
    """What turns one table into another."""

    upserts: list[list[Cell]]
    """``[ticker, index, cell, index, cell, ...]``: cells that differ; of a new row, those not ``None``."""
    removals: list[str]
    """Tickers that left."""
    moves: list[tuple[int, str]]
    """``(index, ticker)`` of rows that are new or changed places: taken out first, then inserted in this order."""


NOTHING: Final = Change([], [], [])
"""Between two states that have the same rows."""


def diff(old: Table, new: Table) -> Change | None:
    """Return the change from ``old`` to ``new``, ``None`` if they are equal; undefined is NaN in both."""
    if old.tickers == new.tickers:
        upserts = _upserts(new, old.values)
        return Change(upserts, [], []) if upserts else None
    before = {ticker: row for row, ticker in enumerate(old.tickers)}
    after = dict.fromkeys(new.tickers)
    rows = np.array([before.get(ticker, -1) for ticker in after], np.intp)
    reference = np.full_like(new.values, np.nan)
    reference[rows >= 0] = old.values[rows[rows >= 0]]
    removals = [ticker for ticker in before if ticker not in after]
    moves = _moves([ticker for ticker in before if ticker in after], list(after))
    return Change(_upserts(new, reference), removals, moves)


def _upserts(new: Table, reference: Values) -> list[list[Cell]]:
    """Return the cells that differ from ``reference``, which has a line for each row of ``new``."""
    differ = (new.values != reference) & ~(np.isnan(new.values) & np.isnan(reference))
    found: dict[int, list[Cell]] = {}
    rows, columns = np.nonzero(differ)
    for row, column, value in zip(rows.tolist(), columns.tolist(), new.values[differ].tolist(), strict=True):
        upsert = found.setdefault(row, [new.tickers[row]])
        upsert += (column + 1, value if value == value else None)  # noqa: PLR0124 - NaN is not equal to itself
    return list(found.values())


def apply(old: Sequence[Row], change: Change, width: int) -> list[Row]:
    """Return ``old`` after ``change``; a row has ``width`` elements, its ticker included."""
    cells = {_ticker(row): list(row) for row in old}
    taken = {*change.removals, *(ticker for _, ticker in change.moves)}
    order = [ticker for ticker in cells if ticker not in taken]
    for place, newcomer in change.moves:
        order.insert(place, newcomer)
        cells.setdefault(newcomer, [newcomer, *[None] * (width - 1)])
    for ticker, *pairs in change.upserts:
        row = cells[str(ticker)]
        for index, cell in zip(pairs[::2], pairs[1::2], strict=True):
            row[int(index or 0)] = cell
    return [tuple(cells[ticker]) for ticker in order]


def _ticker(row: Row) -> str:
    return str(row[0])


def _moves(kept: list[str], order: list[str]) -> list[tuple[int, str]]:
    """Return where each of ``order`` goes that the longest run of ``kept`` rows already in order does not hold."""
    if kept == order:
        return []
    position = {ticker: index for index, ticker in enumerate(order)}
    still = set(_longest_increasing(position[ticker] for ticker in kept))
    return [(index, ticker) for index, ticker in enumerate(order) if index not in still]


def _longest_increasing(numbers: Iterable[int]) -> list[int]:
    """Return a longest increasing subsequence of distinct ``numbers`` (patience sorting)."""
    tails: list[int] = []
    previous: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_left(tails, number)
        previous[number] = tails[place - 1] if place else None
        tails[place : place + 1] = [number]
    run: list[int] = []
    link = tails[-1] if tails else None
    while link is not None:
        run.append(link)
        link = previous[link]
    return run
