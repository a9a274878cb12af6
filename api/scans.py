"""PURE. A scan: which tickers meet a condition, in which order, how many of them, and what is shown of each.

Two texts that ask for the same are the same scan: its id is made of its normal form, on every gateway alike. Undefined
meets no condition, nor does its negation; a ticker whose sort value is undefined is not on the scan.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from api.refusals import Code, Refusal, column_names, hint, whole_number
from api.tables import Table
from api.topics import SHOWN, Topic
from api.view import Names, Universe
from schemas import boards, metrics
from schemas.expressions import Expression, ExpressionError
from schemas.ranking import rank

LIMIT: Final = 50
"""Rows, where a scan does not say."""
SORT: Final = "-change_pct"
FIELDS: Final = ("filter", "sort", "limit", "columns")


class Scan(NamedTuple):
    """A scan that can be run."""

    id: str
    filter: str
    """In its normal form; empty: every ticker."""
    sort: str
    """A metric; with a minus before it, the highest come first."""
    limit: int
    columns: tuple[str, ...]
    """The sort's metric, those of the condition, and the usual ones, where the scan names none."""
    condition: Expression | None

    @property
    def metric(self) -> str:
        """What it sorts by."""
        return self.sort.lstrip("-")

    def topic(self, rate: int) -> Topic:
        """Return what to follow."""
        return Topic("scan", self.id, self.limit, self.columns, rate)

    def matches(self, universe: Universe) -> npt.NDArray[np.bool_]:
        """Return which rows of the universe meet the condition and have a value to sort by."""
        return universe.matching(self.metric, self.condition)

    def table(self, universe: Universe, columns: Sequence[str] | None = None) -> Table:
        """Return its rows now, the first ones first, equal values by ticker; with other columns where asked."""
        by = universe.values[:, metrics.COLUMNS.index(self.metric)]
        found = np.flatnonzero(self.matches(universe))
        best = rank(by[found], universe.names[found], descending=self.sort.startswith("-"), size=self.limit)
        return universe.table(found[best], columns or self.columns)

    def spec(self) -> dict[str, Any]:
        """Return what a client would send to get it."""
        return {"filter": self.filter, "sort": self.sort, "limit": self.limit, "columns": list(self.columns)}


def scan_of(spec: object) -> Scan:
    """Return the scan that ``spec`` describes (a mapping with any of ``FIELDS``); raise ``Refusal`` if it is none."""
    if not isinstance(spec, Mapping):
        raise Refusal(Code.BAD_SCAN, f"a scan is an object with any of {', '.join(FIELDS)}", spec)
    for field in spec:
        if field not in FIELDS:
            raise Refusal(Code.UNKNOWN_FIELD, f"a scan takes no such field{hint(field, FIELDS)}", field)
    condition = _condition(spec.get("filter", ""))
    sort = _sort(spec.get("sort", SORT))
    limit = whole_number("limit", spec.get("limit", LIMIT), 1, boards.BOARD_SIZE)
    usual = dict.fromkeys((sort.lstrip("-"), *(condition.names if condition else ()), *SHOWN))
    columns = column_names(spec["columns"]) if spec.get("columns") is not None else tuple(usual)
    text = condition.text if condition else ""
    normal = msgspec.json.encode((text, sort, limit, columns))
    return Scan(blake2b(normal, digest_size=6).hexdigest(), text, sort, limit, columns, condition)


def board_scan(name: str) -> Scan:
    """Return the scan that a board is; its id is the board's name."""
    board = boards.BY_NAME[name]
    sort = f"-{board.metric}" if board.descending else board.metric
    return scan_of({"filter": board.where, "sort": sort, "limit": board.size})._replace(id=name)


def _condition(text: object) -> Expression | None:
    """Return a condition, compiled; ``None`` where there is none."""
    if not isinstance(text, str):
        raise Refusal(Code.BAD_FILTER, "a filter is a text such as 'price between 2 and 20 and change_pct > 10'", text)
    if not text.strip():
        return None
    try:
        return _compiled(text)
    except ExpressionError as error:
        value, position, near = error.value or text, error.position, error.near
        raise Refusal(Code.BAD_FILTER, error.message, value, position=position, near=near) from None


@lru_cache(maxsize=1024)
def _compiled(text: str) -> Expression:
    """Return a condition, compiled once for all who ask for it; raise ``ExpressionError`` if it cannot be."""
    return Expression(text)


def _sort(text: object) -> str:
    """Return what to sort by; raise ``Refusal`` if it is no metric."""
    name = text.lstrip("-") if isinstance(text, str) else text
    if not isinstance(text, str) or name not in metrics.COLUMNS or text not in (name, f"-{name}"):
        known = hint(name, metrics.COLUMNS, all_of=False)
        raise Refusal(Code.BAD_SORT, f"sort is a metric, with a minus before it for the highest first{known}", text)
    return text


class Events(NamedTuple):
    """Which tickers have come to meet a scan's condition, and which do not meet it any more, with their values now."""

    entered: Table
    left: Table


class Watch:
    """Compares what meets a scan's condition from one universe to the next."""

    def __init__(self, scan: Scan, universe: Universe) -> None:
        """Begin with those that meet it now: they have not just come."""
        self._scan = scan
        self._names = universe.names
        self._matched = scan.matches(universe)

    def events(self, universe: Universe) -> Events | None:
        """Return what has happened since the universe before; ``None`` if nothing has."""
        matched = self._scan.matches(universe)
        if universe.names is self._names:
            entered, left = matched & ~self._matched, self._matched & ~matched
            came, went = universe.names[entered], universe.names[left]
        else:
            before, now = self._names[self._matched], universe.names[matched]
            came, went = now[~np.isin(now, before)], before[~np.isin(before, now)]
        self._names, self._matched = universe.names, matched
        return Events(self._table(universe, came), self._table(universe, went)) if len(came) or len(went) else None

    def _table(self, universe: Universe, names: Names) -> Table:
        """Return the values of some tickers now; of one that has no row any more they are undefined."""
        tickers = tuple(names.astype(str).tolist())
        return Table(tickers, universe.cells(tickers, self._scan.columns))
