"""``api.socket`` and ``api.entrance``: what a message costs, and what is refused before it costs anything."""

import pytest

from api.access import ANYBODY
from api.entrance import Session
from api.refusals import Code, Refusal
from api.requests import parse
from api.scans import Scan, scan_of
from api.settings import Settings
from api.socket import _cost
from schemas.metrics import COLUMNS

SAVED = scan_of({"filter": "price > 5", "limit": 500, "columns": ["price"]})


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ('{"action":"ping"}', 0),
        ('{"action":"unsubscribe","feed":"board:gainers"}', 0),
        ('{"action":"subscribe","feed":"board:gainers"}', 0),
        ('{"action":"subscribe","feed":"symbol:AAPL"}', 0),
        ('{"action":"subscribe","feed":"board:gainers","columns":ALL}', 500 * len(COLUMNS) // 20_000),
        ('{"action":"get","feed":["board:gainers","board:losers"],"columns":ALL}', 1000 * len(COLUMNS) // 20_000),
        (
            '{"action":"resume","feed":"board:gainers","columns":ALL,"epoch":"e","sequence":1}',
            500 * len(COLUMNS) // 20_000,
        ),
        ('{"action":"subscribe","scan":{"filter":"price > 5"}}', 1),
        ('{"action":"subscribe","scan":{}}', 0),
        (f'{{"action":"get","feed":["scan:{SAVED.id}","board:gainers"]}}', 1),
        ('{"action":"subscribe","feed":"alerts"}', 0),
        ('{"action":"subscribe","feed":"alerts","filter":"price > 5"}', 1),
    ],
)
def test_values_and_filters_cost(text: str, cost: int) -> None:
    """What a page asks for costs no more than its messages; all columns of all rows do."""
    columns = "[" + ",".join(f'"{name}"' for name in COLUMNS) + "]"

    assert _cost(parse(text.replace("ALL", columns), lambda _: SAVED)) == cost


def test_scans_beyond_what_may_be_are_not_compiled() -> None:
    """One message looks up as many as a socket may follow; the next message may as well."""
    session = Session(ANYBODY, Settings(scans=2))
    asked: list[str] = []

    def find(name: str) -> Scan:
        asked.append(name)
        return SAVED._replace(id=name)

    with pytest.raises(Refusal) as refused:
        parse('{"action":"subscribe","feed":["scan:a","scan:b","scan:c","scan:d"]}', session.finding(find))

    assert (refused.value.code, refused.value.value) == (Code.TOO_MANY_SCANS, "scan:c")
    assert asked == ["a", "b"]
    parse('{"action":"subscribe","feed":["scan:c","scan:d"]}', session.finding(find))


def test_a_condition_is_compiled_once() -> None:
    """Whoever asks for it, and with whatever else."""
    first, second = scan_of({"filter": "price > 7", "limit": 1}), scan_of({"filter": "price > 7", "limit": 2})

    assert first.condition is second.condition
