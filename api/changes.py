"""PURE. The difference of two tables of rows, and its inverse: ``apply(old, diff(old, new), width) == new``.

A row is ``(ticker, cell, cell, ...)``; tickers are unique within a table; a cell is a number, a text or ``None``.
``dashboard/src/board-store.js`` mirrors ``apply``; both are tested with ``tests/dashboard/change_vectors.json``.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

Cell = float | str | None
Row = tuple[Cell, ...]


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


def diff(old: Sequence[Row], new: Sequence[Row]) -> Change | None:
    """Return the change from ``old`` to ``new``, or ``None`` if they are equal."""
    before = {_ticker(row): row for row in old}
    after = {_ticker(row): row for row in new}
    upserts = [upsert for row in new if (upsert := _cells(before.get(_ticker(row)), row))]
    removals = [ticker for ticker in before if ticker not in after]
    moves = _moves([ticker for ticker in before if ticker in after], list(after))
    return Change(upserts, removals, moves) if upserts or removals or moves else None


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


def _cells(old: Row | None, new: Row) -> list[Cell]:
    """Return the upsert of one row, empty if nothing differs."""
    if old == new:
        return []
    reference = old if old is not None else (new[0], *[None] * (len(new) - 1))
    differing = [(index, cell) for index, cell in enumerate(new) if cell != reference[index]]
    return [new[0], *(item for pair in differing for item in pair)] if differing else []


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
