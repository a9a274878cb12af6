"""Conditions on the metrics of a ticker, written as in SQL: ``price between 2 and 20 and not float >= 20e6``.

There are comparisons (``< <= > >= = <>``, ``between``, ``in (...)``), ``is null`` and ``is not null``, ``and``, ``or``,
``not``, parentheses, ``+ - * /``, unary minus and ``abs()``. Undefined is unknown, as NULL is in SQL: a comparison with
it is unknown, so is its negation, AND and OR go by Kleene's rules, and a row matches only where the whole is true.
Division by zero is undefined. ``is null`` alone asks for what is undefined.
"""

from collections.abc import Sequence

import numpy as np
from sqlglot import exp

from schemas.expression_error import ErrorCode, ExpressionError
from schemas.expression_masks import Booleans, Values, mask
from schemas.expression_parser import LENGTH, parse
from schemas.expression_words import condition
from schemas.metrics import COLUMNS

__all__ = ["ErrorCode", "Expression", "ExpressionError"]


class Expression:
    """A condition, compiled: which rows match it, which metrics it reads, and what it says in words."""

    def __init__(self, text: str, columns: Sequence[str] = COLUMNS) -> None:
        """Compile ``text`` for tables with ``columns`` in this order; raise ``ExpressionError`` if it cannot be."""
        self._tree = parse(text, columns)
        self._mask = mask(self._tree, columns)
        self.names = tuple(dict.fromkeys(column.name for column in self._tree.find_all(exp.Column, bfs=False)))
        """The metrics it reads, in the order of their first appearance."""
        self.text = self._tree.sql()
        """Its normal form: the same for texts that differ in blanks or in upper and lower case."""
        if len(self.text) > LENGTH:
            message = f"an expression has {LENGTH:,} characters at most, this one {len(self.text):,} when spelled out"
            raise ExpressionError(ErrorCode.TOO_LONG, message)

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"Expression({self.text!r})"

    def mask(self, values: Values) -> Booleans:
        """Return which rows of ``values`` (rows x columns, NaN where undefined) match; columns are not copied.

        It is quicker where columns are contiguous (Fortran order).
        """
        with np.errstate(all="ignore"):
            found = self._mask(values)
        return found if np.ndim(found) else np.full(len(values), found)

    def explain(self) -> str:
        """Return it in plain words: ``price is between $2 and $20 and change_pct is above 10 %``."""
        return condition(self._tree)
