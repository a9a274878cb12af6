"""Comparison of two replay documents, or of two files of alerts, with the first differences in words."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from tests.support.oracle import FEED_METRICS, INPUTS, METRICS
from tests.support.oracle_alerts import FIELDS
from tests.support.oracle_boards import ALL_BOARDS

SHOWN: Final = 12
KNOWN: Final = {*METRICS, *INPUTS, *FEED_METRICS}
"""What a row may hold: the metrics of bars it must, those of trades and halts it must where they are expected, or else
they are undefined in it."""

Document: TypeAlias = dict[str, Any]


def assert_same(actual: Document, expected: Document, tolerance: float = 1e-9) -> None:
    """Fail, naming the first differences, unless two documents say the same to a relative tolerance.

    Boards hold the same symbol at each rank, but where two values are equal within the tolerance their order may
    differ: the last bit of a sum decides there, not the definition. A board must still be in order by its own values.
    """
    _fail_if_any(differences(actual, expected, tolerance), "the documents differ (actual, expected):")


def assert_same_alerts(actual: Sequence[Document], expected: Sequence[Document], tolerance: float = 1e-9) -> None:
    """Fail, naming the first differences, unless two lists hold the same alerts once each, in whatever order.

    Numbers are equal to a relative tolerance. The parts of a note may stand in any order, and an empty one is none.
    """
    _fail_if_any(alert_differences(actual, expected, tolerance), "the alerts differ (actual, expected):")


def _fail_if_any(found: Iterator[str], title: str) -> None:
    first = list(itertools.islice(found, SHOWN))
    rest = sum(1 for _ in found)
    if first:
        more = [f"... and {rest} more"] if rest else []
        raise AssertionError("\n".join([title, *first, *more]))


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
    """Tell whether two values are both undefined, or equal to a relative tolerance; times and counts, exactly."""
    if actual is None or expected is None:
        return actual is expected
    if isinstance(expected, int):
        return actual == expected
    return math.isclose(actual, expected, rel_tol=tolerance, abs_tol=0.0)


def _symbol_differences(actual: Document, expected: Document, tolerance: float) -> Iterator[str]:
    for ticker in sorted(set(actual) | set(expected)):
        if ticker not in actual:
            yield f"symbols: {ticker!r} is missing"
        elif ticker not in expected:
            yield f"symbols: {ticker!r} should not be there"
        elif other := (_needed(expected[ticker]) - set(actual[ticker])) | (set(actual[ticker]) - KNOWN):
            yield f"symbols: {ticker!r} has other metrics: {sorted(other)}"
        else:
            for metric, mine in actual[ticker].items():
                theirs = expected[ticker].get(metric)
                if not same(mine, theirs, tolerance):
                    yield f"symbols: {ticker!r} {metric}: {mine!r}, {theirs!r}"


def _needed(expected: Document) -> set[str]:
    return {*METRICS, *(set(FEED_METRICS) & set(expected))}


def _board_differences(name: str, actual: Document, expected: Document, tolerance: float) -> Iterator[str]:
    mine, theirs = actual["boards"][name], expected["boards"][name]
    if len(mine) != len(theirs):
        yield f"board {name}: {len(mine)} rows, {len(theirs)} rows"
        return
    if not theirs:
        return
    metric, first = ALL_BOARDS[name]
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


def alert_differences(actual: Iterable[Document], expected: Iterable[Document], tolerance: float) -> Iterator[str]:
    """Yield every difference between two collections of alerts, one line each; they are matched by their ids."""
    mine, theirs = list(actual), {alert["id"]: alert for alert in expected}
    for identity, count in Counter(alert["id"] for alert in mine).items():
        if count > 1:
            yield f"alert {identity} is there {count} times"
    by_id = {alert["id"]: alert for alert in mine}
    for identity in sorted(set(by_id) | set(theirs)):
        if identity not in by_id:
            yield f"alert {identity} is missing: {theirs[identity]!r}"
        elif identity not in theirs:
            yield f"alert {identity} should not be there: {by_id[identity]!r}"
        else:
            yield from _field_differences(by_id[identity], theirs[identity], tolerance)


def _field_differences(mine: Document, theirs: Document, tolerance: float) -> Iterator[str]:
    if set(mine) != set(FIELDS):
        yield f"alert {mine['id']} has other fields: {sorted(set(mine) ^ set(FIELDS))}"
        return
    for field in FIELDS:
        left, right = mine[field], theirs[field]
        if field == "note":
            equal = _parts(left) == _parts(right)
        elif isinstance(left, str) or isinstance(right, str):
            equal = left == right
        else:
            equal = same(left, right, tolerance)
        if not equal:
            yield f"alert {mine['id']} {field}: {left!r}, {right!r}"


def _parts(note: str | None) -> list[str]:
    return sorted(note.split("; ")) if note else []
