"""Says in plain words what an expression asks for."""

from typing import Final

from sqlglot import exp

from schemas.metric import Unit
from schemas.metrics import INPUTS, METRICS

_UNITS: Final = {metric.name: metric.unit for metric in (*METRICS, *INPUTS)}
_COMPARISONS: Final[dict[type[exp.Expr], tuple[str, str]]] = {
    exp.LT: ("below", "not below"),
    exp.LTE: ("at most", "not at most"),
    exp.GT: ("above", "not above"),
    exp.GTE: ("at least", "not at least"),
    exp.EQ: ("", "not"),
    exp.NEQ: ("not", ""),
    exp.Between: ("between", "not between"),
    exp.In: ("one of", "none of"),
    exp.Is: ("undefined", "defined"),
}
"""What follows "is", and what does where the whole is negated."""
_OPERATIONS: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "plus",
    exp.Sub: "minus",
    exp.Mul: "times",
    exp.Div: "divided by",
}
_WORDS: Final[dict[Unit | None, str]] = {
    Unit.DOLLARS: "${}",
    Unit.PERCENT: "{} %",
    Unit.RATIO: "{} times",
    Unit.DAYS: "{} days",
    Unit.SECONDS: "{} s",
    Unit.TRADES_PER_SECOND: "{} a second",
    Unit.DOLLARS_PER_MINUTE: "${} a minute",
    Unit.BASIS_POINTS: "{} basis points",
}
"""How a number of a unit is said; others plainly."""
_LARGE: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def condition(node: exp.Expr, *, negated: bool = False) -> str:
    """Return a condition in words."""
    match node:
        case exp.Paren():
            inner = condition(node.this)
            return f"({inner})" if isinstance(node.this, exp.Connector) else inner
        case exp.Not() if not isinstance(node.this.unnest(), exp.Connector | exp.Not):
            return condition(node.this.unnest(), negated=not negated)
        case exp.Not():
            return f"it is not so that ({condition(node.this.unnest())})"
        case exp.And() | exp.Or():
            word = " and " if isinstance(node, exp.And) else " or "
            return word.join(condition(part) for part in node.flatten(unnest=False))
    said = _COMPARISONS[type(node)][negated]
    unit = _unit_of(node)
    return " ".join(part for part in (number(node.this, unit), "is", said, _rest(node, unit)) if part)


def number(node: exp.Expr, unit: Unit | None) -> str:
    """Return a number in words; ``unit`` is that of what it is compared with."""
    match node:
        case exp.Paren():
            return f"({number(node.this, unit)})"
        case exp.Column():
            return node.name
        case exp.Literal():
            return amount(float(node.this), unit)
        case exp.Neg():
            return f"{'-' if isinstance(node.this, exp.Literal) else 'minus '}{number(node.this, unit)}"
        case exp.Abs():
            return f"the size of {number(node.this, unit)}"
    return f"{number(node.this, None)} {_OPERATIONS[type(node)]} {number(node.expression, None)}"


def amount(value: float, unit: Unit | None) -> str:
    """Return an amount with its unit: ``$2``, ``10 %``, ``20 million``."""
    for size, word in _LARGE:
        if size <= value < size * 1e3 and unit is not Unit.TIME:
            return _WORDS.get(unit, "{}").format(f"{value / size:,.10g} {word}")
    return _WORDS.get(unit, "{}").format(f"{value:,.15g}")


def _rest(node: exp.Expr, unit: Unit | None) -> str:
    """Return what a number is compared with."""
    match node:
        case exp.Is():
            return ""
        case exp.Between():
            return f"{number(node.args['low'], unit)} and {number(node.args['high'], unit)}"
        case exp.In():
            return ", ".join(number(one, unit) for one in node.expressions)
    return number(node.expression, unit)


def _unit_of(node: exp.Expr) -> Unit | None:
    """Return the unit of the metrics that stand in a comparison; ``None`` where they are calculated with or several."""
    if node.find(exp.Add, exp.Sub, exp.Mul, exp.Div):
        return None
    units = {_UNITS.get(column.name) for column in node.find_all(exp.Column)}
    return units.pop() if len(units) == 1 else None
