"""``api.requests``: what is a message, and how each other thing is refused."""

import json

import pytest

from api.refusals import Refusal
from api.requests import Command, Get, Ping, Subscribe, Unsubscribe, parse
from api.scans import Scan, board_scan, scan_of
from api.topics import Point, Topic, board_columns, symbol_columns
from schemas.boards import BOARD_NAMES

SAVED = scan_of({"filter": "price > 5", "limit": 20})
GAINERS = Topic("board", "gainers", 500, board_columns("gainers"))
BRK = Topic("symbol", "BRK.B", 1, symbol_columns())


def find(name: str) -> Scan | None:
    """Know one scan."""
    return SAVED if name == SAVED.id else None


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"action":"subscribe","feed":"board:gainers"}', Subscribe((GAINERS,), ())),
        ('{"action":"subscribe","feed":"board:gainers","limit":1}', Subscribe((GAINERS._replace(limit=1),), ())),
        ('{"action":"subscribe","feed":"board:gainers","rate":10}', Subscribe((GAINERS._replace(rate=10),), ())),
        (
            '{"action":"subscribe","feed":"board:gainers","columns":["price","vwap","price"]}',
            Subscribe((GAINERS._replace(columns=("price", "vwap")),), ()),
        ),
        ('{"action":"subscribe","feed":"symbol:BRK.B"}', Subscribe((BRK,), ())),
        ('{"action":"subscribe","feed":"symbol:A:B"}', Subscribe((BRK._replace(name="A:B"),), ())),
        (
            '{"action":"subscribe","feed":["symbol:BRK.B","board:gainers","symbol:BRK.B"]}',
            Subscribe((BRK, GAINERS), ()),
        ),
        (f'{{"action":"subscribe","feed":"scan:{SAVED.id}"}}', Subscribe((SAVED.topic(4),), (SAVED,))),
        (
            f'{{"action":"subscribe","feed":"scan:{SAVED.id}","limit":5}}',
            Subscribe((SAVED.topic(4)._replace(limit=5),), (SAVED,)),
        ),
        (
            '{"action":"resume","feed":"board:gainers","epoch":"e.1","sequence":7}',
            Subscribe((GAINERS,), (), Point("e.1", 7)),
        ),
        ('{"action":"get","feed":"board:gainers","limit":1}', Get((GAINERS._replace(limit=1),), ())),
        ('{"action":"unsubscribe","feed":"board:losers"}', Unsubscribe(("board:losers",))),
        (b'{"action":"ping"}', Ping()),
    ],
)
def test_every_action_is_understood(text: str | bytes, command: Command) -> None:
    """As text, or as bytes that hold text."""
    assert parse(text, find) == command


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_no_depth_is_too_deep_to_be_refused(opening: str) -> None:
    """Also that which can be read, and only just not be written again."""
    ending = {"[": "]", '{"a":': "1}"}[opening]
    for depth in range(900, 1010):
        nested = opening * depth + ending[:-1] + ending[-1] * depth
        with pytest.raises(Refusal) as refused:
            parse(f'{{"action":"subscribe","feed":"board:gainers","limit":{nested}}}', find)
        assert refused.value.code in ("bad_limit", "bad_json")
        assert len(str(refused.value.value)) <= 101


def test_a_scan_may_stand_in_the_message() -> None:
    """It is the same as one that was saved."""
    message = {"action": "subscribe", "scan": {"filter": "price  >  5", "limit": 20}, "rate": 2}
    command = parse(json.dumps(message), find)

    assert isinstance(command, Subscribe)
    assert command.topics == (SAVED.topic(2),)
    assert command.scans[0].id == SAVED.id


def test_a_board_is_a_scan_too() -> None:
    """Under its own name."""
    command = parse('{"action":"subscribe","feed":"scan:gainers"}', find)

    assert isinstance(command, Subscribe)
    assert command.topics == (board_scan("gainers").topic(4),)
    assert command.topics[0].feed == "scan:gainers"


@pytest.mark.parametrize(
    ("text", "code", "value"),
    [
        ("", "bad_json", ""),
        ("subscribe gainers", "bad_json", "subscribe gainers"),
        (b"\xff\xfe", "bad_json", "��"),
        ("[" * 15_000, "bad_json", "[" * 100 + "…"),
        ("[1]", "not_an_object", "[1]"),
        ('"ping"', "not_an_object", "ping"),
        ("null", "not_an_object", None),
        ("{}", "missing_field", "{}"),
        ('{"action":null}', "missing_field", "{'action': None}"),
        ('{"action":"subscribe"}', "missing_field", "{'action': 'subscribe'}"),
        ('{"action":"subscribe","feed":"board:gainers","scan":{}}', "missing_field", None),
        ('{"action":"unsubscribe"}', "missing_field", None),
        ('{"action":"resume","feed":"board:gainers"}', "missing_field", None),
        ('{"action":"resume","feed":"board:gainers","epoch":"e","sequence":-1}', "bad_sequence", -1),
        ('{"action":"subscribed","feed":"board:gainers"}', "unknown_action", "subscribed"),
        ('{"action":["ping"]}', "unknown_action", "['ping']"),
        ('{"action":"ping","feed":"board:gainers"}', "unknown_field", "feed"),
        ('{"action":"subscribe","feed":"board:gainers","limt":5}', "unknown_field", "limt"),
        ('{"action":"subscribe","feed":"symbol:AAPL","limit":5}', "unknown_field", "limit"),
        ('{"action":"subscribe","scan":{},"limit":5}', "unknown_field", "limit"),
        ('{"action":"unsubscribe","feed":"board:gainers","limit":5}', "unknown_field", "limit"),
        ('{"action":"subscribe","feed":"gainers"}', "unknown_feed", "gainers"),
        ('{"action":"subscribe","feed":"board:"}', "unknown_feed", "board:"),
        ('{"action":"subscribe","feed":[]}', "unknown_feed", "[]"),
        ('{"action":"subscribe","feed":[7]}', "unknown_feed", 7),
        ('{"action":"subscribe","feed":"news"}', "no_source", "news"),
        ('{"action":"subscribe","feed":"system"}', "no_source", "system"),
        ('{"action":"subscribe","feed":"bars:AAPL:1m"}', "no_source", "bars:AAPL:1m"),
        ('{"action":"subscribe","feed":"scan:nobodys"}', "unknown_scan", "scan:nobodys"),
        ('{"action":"subscribe","feed":"board:ganers"}', "unknown_board", "ganers"),
        ('{"action":"subscribe","feed":7}', "unknown_feed", 7),
        ('{"action":"subscribe","feed":"board:gainers","limit":0}', "bad_limit", 0),
        ('{"action":"subscribe","feed":"board:gainers","limit":501}', "bad_limit", 501),
        ('{"action":"subscribe","feed":"board:gainers","limit":true}', "bad_limit", True),
        ('{"action":"subscribe","feed":"board:gainers","limit":"9"}', "bad_limit", "9"),
        ('{"action":"subscribe","feed":"board:gainers","rate":11}', "bad_rate", 11),
        ('{"action":"subscribe","feed":"board:gainers","columns":[]}', "bad_columns", "[]"),
        ('{"action":"subscribe","feed":"board:gainers","columns":["prise"]}', "unknown_metric", "prise"),
        ('{"action":"subscribe","feed":"symbol:A B"}', "bad_symbol", "A B"),
        ('{"action":"subscribe","feed":"symbol:ABCDEFGHIJKLM"}', "bad_symbol", "ABCDEFGHIJKLM"),
    ],
)
def test_anything_else_is_refused_with_its_value(text: str | bytes, code: str, value: object) -> None:
    """A code, a sentence and what was wrong; long values are cut."""
    with pytest.raises(Refusal) as refused:
        parse(text, find)

    assert refused.value.code == code
    assert refused.value.value == value or value is None
    assert refused.value.message


def test_an_unknown_board_names_the_nearest_and_all() -> None:
    """The sentence is enough to write the message right."""
    with pytest.raises(Refusal) as refused:
        parse('{"action":"subscribe","feed":"board:gaper"}', find)

    assert "did you mean gappers?" in refused.value.message
    assert all(name in refused.value.message for name in BOARD_NAMES)


def test_an_unknown_metric_names_the_nearest() -> None:
    """Not all of them: there are a hundred."""
    with pytest.raises(Refusal, match=r"did you mean price") as refused:
        parse('{"action":"subscribe","feed":"board:gainers","columns":["prise"]}', find)

    assert len(refused.value.message) < 120
