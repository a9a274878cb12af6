"""Compiles the tree of an expression to closures over columns, in three-valued logic.

A condition is true, false or unknown, and what compares with an undefined number is unknown. There are two questions
to a condition, where it is true and where it is false, and each is compiled by itself: NOT asks the other one of what
it negates, so an unknown row answers neither, however often it is negated.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from sqlglot import exp

from schemas.expression_error import ErrorCode, ExpressionError

Values: TypeAlias = npt.NDArray[np.float64]
Booleans: TypeAlias = npt.NDArray[np.bool_]
Mask: TypeAlias = Callable[[Values], Booleans]
"""Takes rows x columns; gives where a condition is so."""
Numbers: TypeAlias = Callable[[Values], Any]
"""Takes rows x columns; gives a number for each row, or one for all (numpy's types do not tell them apart)."""
Comparison: TypeAlias = Callable[[Any, Any], Booleans]


def _differ(left: Values, right: Values) -> Booleans:
    """Tell where two numbers are defined and differ; numpy's ``!=`` holds of NaN too."""
    return np.less(left, right) | np.greater(left, right)


_COMPARISONS: Final[dict[type[exp.Expr], tuple[Comparison, Comparison]]] = {
    exp.LT: (np.less, np.greater_equal),
    exp.LTE: (np.less_equal, np.greater),
    exp.GT: (np.greater, np.less_equal),
    exp.GTE: (np.greater_equal, np.less),
    exp.EQ: (np.equal, _differ),
    exp.NEQ: (_differ, np.equal),
}
"""How to tell that a comparison is true, and that it is false; NaN is neither."""
_ARITHMETIC: Final[dict[type[exp.Expr], Callable[[Any, Any], Any]]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
    exp.Div: np.divide,
}


def mask(node: exp.Expr, columns: Sequence[str], *, true: bool = True) -> Mask:
    """Compile where the condition is true, or where it is false; raise ``ExpressionError`` if it is a number."""
    match node:
        case exp.Paren():
            return mask(node.this, columns, true=true)
        case exp.Not():
            return mask(node.this, columns, true=not true)
        case exp.And() | exp.Or():
            parts = [mask(part, columns, true=true) for part in node.flatten()]
            return _all(parts) if isinstance(node, exp.And) is true else _any(parts)
        case exp.Is():
            return _defined(numbers(node.this, columns), undefined=true)
    return _comparison(node, columns, true=true)


def numbers(node: exp.Expr, columns: Sequence[str]) -> Numbers:
    """Compile a number of each row; raise ``ExpressionError`` if it is a condition."""
    match node:
        case exp.Paren():
            return numbers(node.this, columns)
        case exp.Column():
            place = columns.index(node.name)
            return lambda values: values[:, place]
        case exp.Literal():
            return _constant(node)
        case exp.Neg():
            return _applied(np.negative, numbers(node.this, columns))
        case exp.Abs():
            return _applied(np.absolute, numbers(node.this, columns))
        case _ if type(node) in _ARITHMETIC:
            how = _ARITHMETIC[type(node)]
            return _calculated(how, numbers(node.this, columns), numbers(node.expression, columns))
    hint = "; what is undefined is found by IS NULL" if isinstance(node, exp.Null) else ""
    message = f"{node.sql()} stands where a number is needed{hint}"
    raise ExpressionError(ErrorCode.NOT_A_NUMBER, message, value=node.sql())


def _constant(node: exp.Literal) -> Numbers:
    try:
        number = np.float64(node.this)
    except ValueError:
        message = f"{node.this} is not a number"
        raise ExpressionError(ErrorCode.SYNTAX, message, value=node.this) from None
    if math.isinf(number):
        raise ExpressionError(ErrorCode.NOT_ALLOWED, f"{node.this} is too large a number", value=node.this)
    return lambda _: number


def _comparison(node: exp.Expr, columns: Sequence[str], *, true: bool) -> Mask:
    match node:
        case exp.Between():
            return _between(node, columns, true=true)
        case exp.In():
            return _in(node, columns, true=true)
        case _ if type(node) in _COMPARISONS:
            how = _COMPARISONS[type(node)][0 if true else 1]
            return _compared(how, numbers(node.this, columns), numbers(node.expression, columns))
    message = f"{node.sql()} is a number where a condition is needed, such as {node.sql()} > 0"
    raise ExpressionError(ErrorCode.NOT_A_CONDITION, message, value=node.sql())


def _between(node: exp.Between, columns: Sequence[str], *, true: bool) -> Mask:
    """BETWEEN is two comparisons joined by AND: it is false where one of them is, whatever the other."""
    number = numbers(node.this, columns)
    low, high = (numbers(node.args[edge], columns) for edge in ("low", "high"))
    if true:
        return _all([_compared(np.greater_equal, number, low), _compared(np.less_equal, number, high)])
    return _any([_compared(np.less, number, low), _compared(np.greater, number, high)])


def _in(node: exp.In, columns: Sequence[str], *, true: bool) -> Mask:
    """IN is equalities joined by OR: it is false where all of them are."""
    number = numbers(node.this, columns)
    how, join = (np.equal, _any) if true else (_differ, _all)
    return join([_compared(how, number, numbers(one, columns)) for one in node.expressions])


def _compared(how: Comparison, left: Numbers, right: Numbers) -> Mask:
    return lambda values: how(left(values), right(values))


def _applied(how: Callable[[Any], Any], number: Numbers) -> Numbers:
    return lambda values: how(number(values))


def _calculated(how: Callable[[Any, Any], Any], left: Numbers, right: Numbers) -> Numbers:
    """Calculate; what is not finite, as after a division by zero, is undefined."""

    def calculate(values: Values) -> Any:  # noqa: ANN401 (see Numbers)
        result = how(left(values), right(values))
        return np.where(np.isfinite(result), result, np.nan)

    return calculate


def _defined(number: Numbers, *, undefined: bool) -> Mask:
    if undefined:
        return lambda values: np.isnan(number(values))
    return lambda values: ~np.isnan(number(values))


def _all(parts: Iterable[Mask]) -> Mask:
    return _joined(np.logical_and, list(parts))


def _any(parts: Iterable[Mask]) -> Mask:
    return _joined(np.logical_or, list(parts))


def _joined(how: Comparison, parts: list[Mask]) -> Mask:
    return lambda values: reduce(how, (part(values) for part in parts))
