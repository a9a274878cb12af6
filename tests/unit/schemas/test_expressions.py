"""``schemas.expressions``: which rows match, what is refused and why, and what is said in words."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from schemas.expression_parser import DEPTH, LENGTH, NESTING
from schemas.expressions import ErrorCode, Expression, ExpressionError
from schemas.metrics import COLUMNS

A_FEW = ("a", "b", "float")
NAN = math.nan


def matches(text: str, *rows: tuple[float, float, float]) -> list[bool]:
    """Return which rows of ``A_FEW`` match."""
    found = Expression(text, A_FEW).mask(np.array(rows, np.float64).reshape(-1, len(A_FEW)))
    assert found.dtype == np.bool_
    return [bool(one) for one in found]


def of_a(text: str, *values: float) -> list[bool]:
    """Return which values of the first column match."""
    return matches(text, *((value, 1.0, NAN) for value in values))


def refused(text: str, columns: tuple[str, ...] = COLUMNS) -> ExpressionError:
    """Return why a text is refused."""
    with pytest.raises(ExpressionError) as raised:
        Expression(text, columns)
    return raised.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < 2", [True, False, False, False]),
        ("a <= 2", [True, True, False, False]),
        ("a > 2", [False, False, True, False]),
        ("a >= 2", [False, True, True, False]),
        ("a = 2", [False, True, False, False]),
        ("a == 2", [False, True, False, False]),
        ("a <> 2", [True, False, True, False]),
        ("a != 2", [True, False, True, False]),
        ("2 > a", [True, False, False, False]),
        ("a between 2 and 3", [False, True, True, False]),
        ("a not between 2 and 3", [True, False, False, False]),
        ("a in (1, 3)", [True, False, True, False]),
        ("a not in (1, 3)", [False, True, False, False]),
        ("a is null", [False, False, False, True]),
        ("a is not null", [True, True, True, False]),
        ("not a is null", [True, True, True, False]),
    ],
)
def test_conditions(text: str, expected: list[bool]) -> None:
    """Each on 1, 2, 3 and undefined, which matches ``is null`` alone."""
    assert of_a(text, 1, 2, 3, NAN) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not a > 2", [True, True, False, False]),
        ("not not a > 2", [False, False, True, False]),
        ("not (a > 2)", [True, True, False, False]),
        ("not a = 2", [True, False, True, False]),
        ("not a <> 2", [False, True, False, False]),
        ("not a between 2 and 3", [True, False, False, False]),
        ("not a in (1, 3)", [False, True, False, False]),
        ("not (a < 2 or a > 2)", [False, True, False, False]),
        ("not (a > 1 and a < 3)", [True, False, True, False]),
    ],
)
def test_what_is_undefined_does_not_match_under_not_either(text: str, expected: list[bool]) -> None:
    """Unknown stays unknown, however often it is negated."""
    assert of_a(text, 1, 2, 3, NAN) == expected


def test_and_and_or_by_kleenes_rules() -> None:
    """What is unknown decides nothing, and nothing that is decided without it."""
    rows = ((1.0, NAN, NAN), (0.0, NAN, NAN))

    assert matches("a = 1 or b = 1", *rows) == [True, False]
    assert matches("b = 1 or a = 1", *rows) == [True, False]
    assert matches("a = 1 and b = 1", *rows) == [False, False]
    assert matches("not (a = 1 and b = 1)", *rows) == [False, True]
    assert matches("not (a = 1 or b = 1)", *rows) == [False, False]
    assert matches("a between 1 and b", *rows) == [False, False]
    assert matches("a not between 1 and b", *rows) == [False, True]
    assert matches("a in (b, 1)", *rows) == [True, False]
    assert matches("a not in (b, 1)", *rows) == [False, False]


@pytest.mark.parametrize(
    "text",
    [
        "a + b = 8",
        "a - b = 4",
        "b - a = -4",
        "a * b = 12",
        "a / b = 3",
        "-a = -6",
        "- -a = 6",
        "+a = 6",
        "abs(-a) = 6",
        "ABS(b - a) = 4",
        "a + b * 2 = 10",
        "(a + b) * 2 = 16",
        "a - b - 1 = 3",
        "a > 5.5 and b < .5e1",
        "a = 6 or b = 2 and a = 0",
        "not a = 0 and b = 2",
        '"a" > 5 AND B = 2',
    ],
)
def test_arithmetic_and_precedence(text: str) -> None:
    """As in SQL, for a = 6 and b = 2."""
    assert matches(text, (6.0, 2.0, NAN)) == [True]


def test_what_is_not_finite_is_undefined() -> None:
    """After a division by zero there is nothing to compare, and no warning."""
    for text in ("a / b > 0", "a / b < 0", "a / b <> 5", "not a / b = 5", "b / b = 1", "a * 1e308 > 0"):
        assert matches(text, (1e9, 0.0, NAN)) == [False]
    assert matches("a / b is null", (1.0, 0.0, NAN), (1.0, 1.0, NAN)) == [True, False]
    assert matches("1 / 0 is null", (1.0, 0.0, NAN)) == [True]


def test_a_condition_on_no_metric_holds_for_all_or_none() -> None:
    """It gives an answer for each row, and none for no rows."""
    assert matches("1 < 2", (1, 1, 1), (2, 2, 2)) == [True, True]
    assert matches("1 > 2", (1, 1, 1)) == [False]
    assert matches("1 < 2") == matches("a < 2") == []


def test_words_of_sql_are_names() -> None:
    """``float`` is a type in SQL, ``open`` and ``show`` are statements: here they are what the columns say."""
    assert matches("float < 20e6 and not float in (1)", (0, 0, 5), (0, 0, 3e7)) == [True, False]
    for name in ("float", "open", "change", "halted", "trades"):
        assert Expression(f"{name} = 1").names == (name,)
    assert Expression("show > date", ("date", "show")).mask(np.array([[1.0, 2.0]])).tolist() == [True]


def test_names_come_in_the_order_of_their_appearance() -> None:
    """Each once, spelled as the columns are."""
    assert Expression("VWAP > 1 and (price < vwap or open in (change, 2))").names == ("vwap", "price", "open", "change")


def test_the_normal_form_is_one_for_texts_that_say_the_same() -> None:
    """Blanks, cases and signs that mean the same differ no longer."""
    texts = ("Price>=2   and not HALTED=1", 'price >= 2 AND\n NOT "halted" == 1', "price >= +2 and not halted = 1")

    assert {Expression(text).text for text in texts} == {"price >= 2 AND NOT halted = 1"}
    assert repr(Expression(texts[0])) == "Expression('price >= 2 AND NOT halted = 1')"


def test_columns_are_read_where_they_are() -> None:
    """The table is neither changed nor copied, whatever its order in memory."""
    values = np.array([[1.0, 2.0, NAN], [3.0, 1.0, 5.0]])
    values.setflags(write=False)
    expression = Expression("a < b or float between 4 and 6", A_FEW)

    assert expression.mask(values).tolist() == [True, True]
    assert expression.mask(np.asfortranarray(values)).tolist() == [True, True]


@pytest.mark.parametrize(
    ("text", "code", "value", "position"),
    [
        ("", ErrorCode.SYNTAX, None, 0),
        ("  \n", ErrorCode.SYNTAX, None, 0),
        ("price >", ErrorCode.SYNTAX, ">", 6),
        ("price > 1 vwap", ErrorCode.SYNTAX, "vwap", 10),
        ("(price > 1", ErrorCode.SYNTAX, "1", 9),
        ("price > 5M", ErrorCode.SYNTAX, "M", 9),
        ("price > 1e", ErrorCode.SYNTAX, "1e", None),
        ("price > '", ErrorCode.SYNTAX, None, None),
        ("price in ()", ErrorCode.SYNTAX, None, 0),
        ("select price", ErrorCode.SYNTAX, "price", 7),
        ("price > 'x'", ErrorCode.NOT_ALLOWED, "'x'", 8),
        ("price > 1; price > 2", ErrorCode.NOT_ALLOWED, ";", 9),
        ("price > :limit", ErrorCode.NOT_ALLOWED, ":", 8),
        ("price > 1 {# so #}", ErrorCode.NOT_ALLOWED, "a comment", 8),
        ("sqrt(price) > 1", ErrorCode.NOT_ALLOWED, "the function sqrt", 5),
        ("no_such(price) > 1", ErrorCode.NOT_ALLOWED, "the function no_such", 8),
        ("count(*) > 1", ErrorCode.NOT_ALLOWED, "the function count", None),
        ("stocks.price > 1", ErrorCode.NOT_ALLOWED, "column", 7),
        ("(price, vwap) = 1", ErrorCode.NOT_ALLOWED, "tuple", 1),
        ("price in vwap", ErrorCode.NOT_ALLOWED, "in", 0),
        ("price between symmetric 1 and 2", ErrorCode.NOT_ALLOWED, "between", 0),
        ("price is vwap", ErrorCode.NOT_ALLOWED, "column", 0),
        ("price is distinct from 1", ErrorCode.NOT_ALLOWED, "null safe neq", 0),
        ("price at time zone vwap", ErrorCode.NOT_ALLOWED, "at time zone", 0),
        ("price > 1e400", ErrorCode.NOT_ALLOWED, "1e400", None),
        ("vwap > 1 and prise > 2", ErrorCode.UNKNOWN_NAME, "prise", 13),
        ("select > 1", ErrorCode.UNKNOWN_NAME, "select", 0),
        ("price", ErrorCode.NOT_A_CONDITION, "price", None),
        ("price > 1 and 7", ErrorCode.NOT_A_CONDITION, "7", None),
        ("not price + 1", ErrorCode.NOT_A_CONDITION, "price + 1", None),
        ("null", ErrorCode.NOT_A_CONDITION, "NULL", None),
        ("1 < price < 2", ErrorCode.NOT_A_NUMBER, "1 < price", None),
        ("abs(price > 1) > 2", ErrorCode.NOT_A_NUMBER, "price > 1", None),
        ("price = null", ErrorCode.NOT_A_NUMBER, "NULL", None),
        ("price in (1, null)", ErrorCode.NOT_A_NUMBER, "NULL", None),
    ],
)
def test_refusals(text: str, code: ErrorCode, value: str | None, position: int | None) -> None:
    """A code, what is at fault, where it stands, and a sentence."""
    error = refused(text)

    assert (error.code, error.value, error.position) == (code, value, position)
    assert str(error) == error.message


def test_an_unknown_name_is_told_its_neighbours() -> None:
    """The nearest first; none where nothing resembles it."""
    error = refused("relative_volum > 1")

    assert error.near[0] == "relative_volume"
    assert error.message.startswith("there is no metric relative_volum; did you mean relative_volume or ")
    assert (refused("zzz > 1").near, refused("zzz > 1").message) == ((), "there is no metric zzz")


@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda count: f"{'(' * count}price > 1{')' * count}", NESTING),
        (lambda count: f"{'abs(' * count}price{')' * count} > 1", NESTING),
        (lambda count: "+".join(["price"] * count) + " > 1", DEPTH - 2),
        (lambda count: "not " * count + "price > 1", DEPTH - 3),
        (lambda count: f"{'- ' * count}price > 1", DEPTH - 3),
    ],
)
def test_too_deep(make: Callable[[int], str], most: int) -> None:
    """The deepest that is allowed compiles and runs; one deeper is refused, and so is far deeper."""
    assert Expression(make(most)).mask(np.ones((1, len(COLUMNS)))).shape == (1,)
    assert refused(make(most + 1)).code is ErrorCode.TOO_DEEP
    assert refused(make(300)).code is ErrorCode.TOO_DEEP


def test_chains_are_not_deep() -> None:
    """As many conditions as the length allows may follow each other."""
    expression = Expression(" or ".join(["open = 1"] * 150))

    assert expression.mask(np.ones((2, len(COLUMNS)))).tolist() == [True, True]


def test_too_long() -> None:
    """Counted in the text given, and in its normal form, which is to be read again."""
    longest = f"price > 1{' ' * (LENGTH - 9)}"

    assert Expression(longest).text == "price > 1"
    assert refused(f"{longest} ").code is ErrorCode.TOO_LONG
    assert refused("or ".join(["open>1"] * 220)).code is ErrorCode.TOO_LONG


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "price between 2 and 20 and change_pct > 10",
            "price is between $2 and $20 and change_pct is above 10 %",
        ),
        ("float < 20e6 or market_cap <= 2.5e9", "float is below 20 million or market_cap is at most $2.5 billion"),
        ("relative_volume >= 5 and halted = 1", "relative_volume is at least 5 times and halted is 1"),
        ("not (price > 1 or vwap > 2)", "it is not so that (price is above $1 or vwap is above $2)"),
        ("(price > 1 or vwap > 2) and open <> 1500", "(price is above $1 or vwap is above $2) and open is not $1,500"),
        ("not price > 1 and not (vwap <> 2)", "price is not above $1 and vwap is $2"),
        ("(price > 1)", "price is above $1"),
        ("open is null and not vwap is null", "open is undefined and vwap is defined"),
        ("price in (1, 2)", "price is one of $1, $2"),
        ("price not in (1, 2)", "price is none of $1, $2"),
        ("abs(gap_pct) >= 5", "the size of gap_pct is at least 5 %"),
        ("-change > -(-2)", "minus change is above minus (-$2)"),
        ("day_high_distance_pct >= -1", "day_high_distance_pct is at least -1 %"),
        ("price * 2 > vwap / 3 + 1 - 0.5", "price times 2 is above vwap divided by 3 plus 1 minus 0.5"),
        ("trades_per_second > 3", "trades_per_second is above 3 a second"),
        ("halt_time > 1795184940000", "halt_time is above 1,795,184,940,000"),
        ("price > accumulated_volume", "price is above accumulated_volume"),
        ("momentum_20s > 0.1", "momentum_20s is above $0.1 a minute"),
    ],
)
def test_words(text: str, words: str) -> None:
    """A sentence in the units of the metrics."""
    assert Expression(text).explain() == words
