"""No module and no function outgrows what a person takes in at once."""

import statistics
from collections.abc import Callable
from typing import Final

from tests.architecture.sources import ROOT, functions, modules

MODULE_LINES: Final = 250
MODULE_MEDIAN: Final = 120
FUNCTION_LINES: Final = 50
FUNCTION_MEDIAN: Final = 8


def module_lines() -> dict[str, int]:
    """Return the number of lines of each module."""
    return {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in modules()}


def test_modules_are_short() -> None:
    """A module has 250 lines at most."""
    assert {name: count for name, count in module_lines().items() if count > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    """A function has 50 lines at most, its docstring included."""
    counted = dict(function for module in modules() for function in functions(module))

    assert {name: count for name, count in counted.items() if count > FUNCTION_LINES} == {}


def test_medians_are_where_they_should_be(record_property: Callable[[str, object], None]) -> None:
    """Half of the modules have 120 lines or fewer, half of the functions 8."""
    module = statistics.median(module_lines().values())
    function = statistics.median(count for path in modules() for _, count in functions(path))
    record_property("median lines of a module", module)
    record_property("median lines of a function", function)

    assert module <= MODULE_MEDIAN
    assert function <= FUNCTION_MEDIAN
