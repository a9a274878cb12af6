"""``api.scans``: which tickers a scan has, and how one that cannot be is refused."""

import math

import pytest

from api.refusals import Refusal
from api.scans import LIMIT, Scan, Watch, board_scan, scan_of
from api.view import Universe
from schemas.boards import BOARDS
from tests.support.universes import Market, block

NAN = math.nan


def universe(market: Market) -> Universe:
    """Return a universe of one partition."""
    return Universe([block(market)])


MARKET = universe(
    {
        "B": {"price": 5.0, "change_pct": 20.0, "float": 1e6},
        "A": {"price": 5.0, "change_pct": 20.0},
        "C": {"price": 30.0, "change_pct": 50.0, "float": 1e6},
        "D": {"price": 4.0, "float": 1e6},
        "E": {"change_pct": 99.0, "float": 1e6},
    }
)


def tickers(scan: Scan, of: Universe = MARKET) -> list[str]:
    """Return who is on a scan, in order."""
    return list(scan.table(of).tickers)


def test_condition_order_and_limit() -> None:
    """Equal values by ticker; without a sort value nobody is on it."""
    assert tickers(scan_of({})) == ["E", "C", "A", "B"]
    assert tickers(scan_of({"filter": "price between 2 and 20"})) == ["A", "B"]
    assert tickers(scan_of({"sort": "change_pct", "limit": 3})) == ["A", "B", "C"]
    assert tickers(scan_of({"sort": "price"})) == ["D", "A", "B", "C"]


def test_undefined_meets_nothing_also_under_not() -> None:
    """A has no float known: it is neither below nor not below."""
    assert tickers(scan_of({"filter": "float < 20e6"})) == ["E", "C", "B"]
    assert tickers(scan_of({"filter": "not float < 20e6"})) == []
    assert tickers(scan_of({"filter": "float is null"})) == ["A"]


def test_columns_are_those_asked_for_or_what_it_is_about() -> None:
    """The sort's own first, then those of the condition, then the usual ones."""
    usual = scan_of({"filter": "float < 20e6 and price > 1", "sort": "-gap_pct"})
    asked = scan_of({"filter": "float < 20e6", "columns": ["vwap", "price"]})

    assert usual.columns[:4] == ("gap_pct", "float", "price", "change_pct")
    assert asked.table(MARKET).rows()[0] == ("E", None, None)
    assert (usual.limit, asked.columns) == (LIMIT, ("vwap", "price"))


def test_the_same_question_is_the_same_scan() -> None:
    """In whatever letters and blanks; another one is not."""
    first = scan_of({"filter": "price > 5 and change_pct > 3"})

    assert first.id == scan_of({"filter": "  PRICE >5   AND change_pct>3", "sort": "-change_pct"}).id
    assert first.id != scan_of({"filter": "price > 5 and change_pct > 4"}).id
    assert first.id != scan_of({"filter": "price > 5 and change_pct > 3", "limit": 51}).id
    assert (scan_of(first.spec()).id, scan_of(first.spec()).spec()) == (first.id, first.spec())


@pytest.mark.parametrize(
    ("spec", "code", "position"),
    [
        ("price > 5", "bad_scan", None),
        ({"filer": "price > 5"}, "unknown_field", None),
        ({"filter": 5}, "bad_filter", None),
        ({"filter": "price >"}, "bad_filter", 6),
        ({"filter": "price > 5 and prise < 3"}, "bad_filter", 14),
        ({"filter": "price > 5; drop table x"}, "bad_filter", 9),
        ({"sort": "best"}, "bad_sort", None),
        ({"sort": "--price"}, "bad_sort", None),
        ({"sort": None}, "bad_sort", None),
        ({"limit": 501}, "bad_limit", None),
        ({"columns": ["prise"]}, "unknown_metric", None),
    ],
)
def test_what_cannot_be_is_refused(spec: object, code: str, position: int | None) -> None:
    """With the place in the text where it is known."""
    with pytest.raises(Refusal) as refused:
        scan_of(spec)

    assert (refused.value.code, refused.value.position) == (code, position)


def test_every_board_is_a_scan() -> None:
    """With its condition, its order and its own name."""
    for board in BOARDS:
        scan = board_scan(board.name)
        assert (scan.id, scan.metric, scan.limit) == (board.name, board.metric, board.size)
        assert scan.sort.startswith("-") == board.descending
        assert bool(scan.condition) == bool(board.where)


def test_who_enters_and_who_leaves() -> None:
    """By ticker, whichever rows they have; nobody has just come when watching begins."""
    scan = scan_of({"filter": "price > 4.5", "sort": "price", "columns": ["price"]})
    watch = Watch(scan, MARKET)
    other = universe({"C": {"price": 1.0}, "F": {"price": 6.0}, "B": {"price": 5.5}, "D": {"price": 4.0}})
    same = universe({"C": {"price": 1.0}, "F": {"price": 6.0}, "B": {"price": 4.0}, "D": {"price": 5.0}})
    events = [watch.events(found) for found in (MARKET, other, same, same)]

    assert events[0] is None
    assert events[3] is None
    assert events[1] is not None
    assert (events[1].entered.rows(), events[1].left.rows()) == ([("F", 6.0)], [("A", None), ("C", 1.0)])
    assert events[2] is not None
    assert (events[2].entered.rows(), events[2].left.rows()) == ([("D", 5.0)], [("B", 4.0)])
