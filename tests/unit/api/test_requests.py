"""``api.requests``: what is a message, and how each other thing is refused."""

import pytest

from api.requests import Command, Refusal, parse
from api.topics import Topic
from schemas.boards import BOARD_NAMES


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ('{"action":"subscribe","board":"gainers"}', Command("subscribe", Topic("board", "gainers", 500))),
        ('{"action":"subscribe","board":"gainers","limit":1}', Command("subscribe", Topic("board", "gainers", 1))),
        ('{"action":"subscribe","symbol":"BRK.B"}', Command("subscribe", Topic("symbol", "BRK.B"))),
        ('{"action":"subscribe","symbol":"TRUE"}', Command("subscribe", Topic("symbol", "TRUE"))),
        ('{"action":"unsubscribe","board":"losers"}', Command("unsubscribe", Topic("board", "losers", 500))),
        (b'{"action":"ping"}', Command("ping", None)),
    ],
)
def test_every_action_is_understood(text: str | bytes, command: Command) -> None:
    """As text, or as bytes that hold text."""
    assert parse(text) == command


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
        ('{"action":"subscribed","board":"gainers"}', "unknown_action", "subscribed"),
        ('{"action":["ping"]}', "unknown_action", "['ping']"),
        ('{"action":"ping","board":"gainers"}', "unknown_field", "board"),
        ('{"action":"subscribe","board":"gainers","limt":5}', "unknown_field", "limt"),
        ('{"action":"subscribe","symbol":"AAPL","limit":5}', "unknown_field", "limit"),
        ('{"action":"unsubscribe","board":"gainers","limit":5}', "unknown_field", "limit"),
        ('{"action":"subscribe","board":"ganers"}', "unknown_board", "ganers"),
        ('{"action":"subscribe","board":7}', "unknown_board", 7),
        ('{"action":"subscribe","board":{}}', "unknown_board", "{}"),
        ('{"action":"subscribe","board":"gainers","limit":0}', "bad_limit", 0),
        ('{"action":"subscribe","board":"gainers","limit":501}', "bad_limit", 501),
        ('{"action":"subscribe","board":"gainers","limit":true}', "bad_limit", True),
        ('{"action":"subscribe","board":"gainers","limit":"9"}', "bad_limit", "9"),
        ('{"action":"subscribe","symbol":""}', "bad_symbol", ""),
        ('{"action":"subscribe","symbol":"A B"}', "bad_symbol", "A B"),
        ('{"action":"subscribe","symbol":"ABCDEFGHIJKLM"}', "bad_symbol", "ABCDEFGHIJKLM"),
        ('{"action":"subscribe","symbol":5}', "bad_symbol", 5),
    ],
)
def test_anything_else_is_refused_with_its_value(text: str | bytes, code: str, value: object) -> None:
    """A code, a sentence and what was wrong; long values are cut."""
    with pytest.raises(Refusal) as refused:
        parse(text)

    assert (refused.value.code, refused.value.value) == (code, value)
    assert refused.value.message


def test_an_unknown_board_names_the_nearest_and_all() -> None:
    """The sentence is enough to write the message right."""
    with pytest.raises(Refusal) as refused:
        parse('{"action":"subscribe","board":"gaper"}')

    assert "did you mean gappers?" in refused.value.message
    assert all(name in refused.value.message for name in BOARD_NAMES)
