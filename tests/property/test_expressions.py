"""Random expressions match the rows that a plain interpreter matches, which takes them one by one."""

import math
from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.expressions import Expression, ExpressionError

COLUMNS: Final = ("price", "float", "open")
Truth: TypeAlias = bool | None
Row: TypeAlias = tuple[float | None, ...]


class Number(NamedTuple):
    """A number of a row: its text, and how to work it out; ``None`` is undefined."""

    text: str
    of: Callable[[Row], float | None]


class Condition(NamedTuple):
    """A condition on a row: its text, and how to work it out; ``None`` is unknown."""

    text: str
    of: Callable[[Row], Truth]


def number_or_none(value: float) -> float | None:
    """Return a number that a row may hold."""
    return value if math.isfinite(value) else None


def column(place: int) -> Number:
    """Return a column's own number."""
    return Number(COLUMNS[place], lambda row: row[place])


def literal(value: float) -> Number:
    """Return a number as it is written."""
    return Number(repr(value), lambda _: value)


def minus(of: Number) -> Number:
    """Return the number with the other sign."""
    return Number(f"-({of.text})", lambda row: None if (value := of.of(row)) is None else -value)


def size(of: Number) -> Number:
    """Return the number without its sign."""
    return Number(f"abs({of.text})", lambda row: None if (value := of.of(row)) is None else abs(value))


def calculated(sign: str, left: Number, right: Number) -> Number:
    """Return what comes of two numbers."""

    def of(row: Row) -> float | None:
        first, second = left.of(row), right.of(row)
        if first is None or second is None or (sign == "/" and second == 0):
            return None
        if sign == "/":
            return number_or_none(first / second)
        return number_or_none({"+": first + second, "-": first - second, "*": first * second}[sign])

    return Number(f"({left.text} {sign} {right.text})", of)


def compare(sign: str, first: float | None, second: float | None) -> Truth:
    """Compare two numbers; with one that is undefined nothing is known."""
    if first is None or second is None:
        return None
    return {
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
        "=": first == second,
        "<>": first != second,
    }[sign]


def both(first: Truth, second: Truth) -> Truth:
    """Return Kleene's AND."""
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def negation(truth: Truth) -> Truth:
    """Return Kleene's NOT."""
    return None if truth is None else not truth


def either(first: Truth, second: Truth) -> Truth:
    """Return Kleene's OR."""
    return negation(both(negation(first), negation(second)))


def comparison(sign: str, left: Number, right: Number) -> Condition:
    """Return a comparison."""
    return Condition(f"{left.text} {sign} {right.text}", lambda row: compare(sign, left.of(row), right.of(row)))


def between(of: Number, low: Number, high: Number) -> Condition:
    """Return two comparisons in one."""
    return Condition(
        f"{of.text} between {low.text} and {high.text}",
        lambda row: both(compare(">=", of.of(row), low.of(row)), compare("<=", of.of(row), high.of(row))),
    )


def among(of: Number, others: list[Number]) -> Condition:
    """Return equalities in one."""

    def found(row: Row) -> Truth:
        truth: Truth = False
        for other in others:
            truth = either(truth, compare("=", of.of(row), other.of(row)))
        return truth

    return Condition(f"{of.text} in ({', '.join(other.text for other in others)})", found)


def undefined(of: Number) -> Condition:
    """Return whether there is no number."""
    return Condition(f"{of.text} is null", lambda row: of.of(row) is None)


def defined(of: Number) -> Condition:
    """Return whether there is a number."""
    return Condition(f"{of.text} is not null", lambda row: of.of(row) is not None)


def negated(of: Condition) -> Condition:
    """Return the contrary."""
    return Condition(f"not ({of.text})", lambda row: negation(of.of(row)))


def joined(word: str, first: Condition, second: Condition) -> Condition:
    """Return two conditions in one."""
    join = both if word == "and" else either
    return Condition(f"({first.text}) {word} ({second.text})", lambda row: join(first.of(row), second.of(row)))


SMALL: Final = st.integers(-3, 3).map(float)
VALUES: Final = SMALL | st.floats(-1e6, 1e6, allow_subnormal=False)
LEAVES: Final = st.integers(0, len(COLUMNS) - 1).map(column) | VALUES.map(abs).map(literal)
NUMBERS: Final = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(minus), inner.map(size), st.builds(calculated, st.sampled_from("+-*/"), inner, inner)
    ),
    max_leaves=4,
)
SIMPLE: Final = st.one_of(
    st.builds(comparison, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), NUMBERS, NUMBERS),
    st.builds(between, NUMBERS, NUMBERS, NUMBERS),
    st.builds(among, NUMBERS, st.lists(NUMBERS, min_size=1, max_size=3)),
    NUMBERS.map(undefined),
    NUMBERS.map(defined),
)
CONDITIONS: Final = st.recursive(
    SIMPLE,
    lambda inner: inner.map(negated) | st.builds(joined, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=5,
)
ROWS: Final = st.lists(st.tuples(*[st.none() | VALUES] * len(COLUMNS)), max_size=8)


def table(rows: list[Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return rows as the engine has them."""
    values = [[math.nan if value is None else value for value in row] for row in rows]
    return np.array(values, np.float64).reshape(len(rows), len(COLUMNS))


@given(CONDITIONS, ROWS)
def test_the_rows_that_match_are_those_of_a_plain_interpreter(condition: Condition, rows: list[Row]) -> None:
    """True is a match; false and unknown are none, also under NOT."""
    values = table(rows)

    found = Expression(condition.text, COLUMNS).mask(values)
    contrary = Expression(f"not ({condition.text})", COLUMNS).mask(values)

    assert found.tolist() == [condition.of(row) is True for row in rows]
    assert contrary.tolist() == [condition.of(row) is False for row in rows]


@given(CONDITIONS, ROWS)
def test_the_normal_form_says_the_same(condition: Condition, rows: list[Row]) -> None:
    """It can be read again, is its own normal form, and matches the same rows."""
    values = table(rows)
    first = Expression(condition.text, COLUMNS)

    again = Expression(first.text, COLUMNS)

    assert (again.text, again.names, again.explain()) == (first.text, first.names, first.explain())
    assert again.mask(values).tolist() == first.mask(values).tolist()


WORDS: Final = "and or not between in is null abs( select case from distinct cast( symmetric as like interval exists("
ODD: Final = "1 2e3 .5 1e -- /* */ {# #} {{ }} count(*) at_time_zone at time zone x' ::int any( 0x1F 1_0 << -> || :="
PIECES: Final = st.sampled_from([*COLUMNS, *WORDS.split(), *ODD.split(), *"()<>=+-*/,.;'\"%!{}[]@:#$~|&^?`\\\n\x00"])
TEXTS: Final = st.text(max_size=60) | st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES).map("".join)


@given(TEXTS)
def test_any_text_is_compiled_or_refused(text: str) -> None:
    """Nothing but ``ExpressionError`` is raised, and what compiles runs, reads again and is put in words."""
    try:
        expression = Expression(text, COLUMNS)
    except ExpressionError as error:
        assert error.position is None or 0 <= error.position <= len(text)  # noqa: PT017 (either outcome is right)
        return
    assert expression.mask(np.ones((2, len(COLUMNS)))).shape == (2,)
    assert Expression(expression.text, COLUMNS).text == expression.text
    assert expression.explain()
