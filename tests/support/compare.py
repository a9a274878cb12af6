"""Comparison of two replay documents, with the first differences in words."""

import itertools
import math
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from tests.support.oracle import BOARDS, METRICS

SHOWN: Final = 12

Document: TypeAlias = dict[str, Any]


def assert_same(actual: Document, expected: Document, tolerance: float = 1e-9) -> None:
    """Fail, naming the first differences, unless two documents say the same to a relative tolerance.

    Boards hold the same symbol at each rank, but where two values are equal within the tolerance their order may
    differ: the last bit of a sum decides there, not the definition. A board must still be in order by its own values.
    """
    found = differences(actual, expected, tolerance)
    first = list(itertools.islice(found, SHOWN))
    rest = sum(1 for _ in found)
    if first:
        more = [f"... and {rest} more"] if rest else []
        raise AssertionError("\n".join(["the documents differ (actual, expected):", *first, *more]))


def differences(actual: Document, expected: Document, tolerance: float) -> Iterator[str]:
    """Yield every difference between two documents, one line each."""
    if set(actual) != set(expected):
        yield f"keys of the document: {sorted(actual)}, {sorted(expected)}"
        return
    for name in ("trading_date", "as_of"):
        if actual[name] != expected[name]:
            yield f"{name}: {actual[name]!r}, {expected[name]!r}"
    yield from _symbol_differences(actual["symbols"], expected["symbols"], tolerance)
    if set(actual["boards"]) != set(expected["boards"]):
        yield f"names of the boards: {sorted(actual['boards'])}, {sorted(expected['boards'])}"
        return
    for name in expected["boards"]:
        yield from _board_differences(name, actual, expected, tolerance)


def same(actual: float | None, expected: float | None, tolerance: float) -> bool:
    """Tell whether two values are both undefined, or equal to a relative tolerance."""
    if actual is None or expected is None:
        return actual is expected
    return math.isclose(actual, expected, rel_tol=tolerance, abs_tol=0.0)


def _symbol_differences(actual: Document, expected: Document, tolerance: float) -> Iterator[str]:
    for ticker in sorted(set(actual) | set(expected)):
        if ticker not in actual:
            yield f"symbols: {ticker!r} is missing"
        elif ticker not in expected:
            yield f"symbols: {ticker!r} should not be there"
        elif set(actual[ticker]) != set(METRICS):
            yield f"symbols: {ticker!r} has other metrics: {sorted(set(actual[ticker]) ^ set(METRICS))}"
        else:
            for metric in METRICS:
                mine, theirs = actual[ticker][metric], expected[ticker][metric]
                if not same(mine, theirs, tolerance):
                    yield f"symbols: {ticker!r} {metric}: {mine!r}, {theirs!r}"


def _board_differences(name: str, actual: Document, expected: Document, tolerance: float) -> Iterator[str]:
    mine, theirs = actual["boards"][name], expected["boards"][name]
    if len(mine) != len(theirs):
        yield f"board {name}: {len(mine)} rows, {len(theirs)} rows"
        return
    metric, first = BOARDS[name]
    for rank, (row, right) in enumerate(zip(mine, theirs, strict=True), start=1):
        place = f"board {name}, rank {rank}"
        if set(row) != {"rank", "symbol", "value"} or row["rank"] != rank:
            yield f"{place}: {row!r}, {right!r}"
        elif not same(row["value"], right["value"], tolerance):
            yield f"{place}: {row['symbol']!r} {row['value']!r}, {right['symbol']!r} {right['value']!r}"
        elif row["symbol"] != right["symbol"]:
            value = expected["symbols"].get(row["symbol"], {}).get(metric)
            if not same(value, right["value"], tolerance):
                yield f"{place}: {row['symbol']!r} (its value is {value!r}), {right['symbol']!r} {right['value']!r}"
    yield from _disorder(name, mine, first)


def _disorder(name: str, rows: list[Document], first: str) -> Iterator[str]:
    sign = -1 if first == "highest" else 1
    keys = [(sign * row["value"], row["symbol"]) for row in rows]
    for rank, (above, below) in enumerate(itertools.pairwise(keys), start=1):
        if above >= below:
            yield f"board {name}: ranks {rank} and {rank + 1} are out of order: {rows[rank - 1]!r}, {rows[rank]!r}"
    if len({row["symbol"] for row in rows}) != len(rows):
        yield f"board {name}: a symbol stands on it twice"
