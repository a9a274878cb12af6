"""``api.requests`` and ``api.event_requests``: what may be asked of a feed of events."""

import json

import pytest

from api.event_filter import Wanted
from api.event_log import Place
from api.event_requests import Listen
from api.refusals import Refusal
from api.requests import parse
from schemas.event_log import EntryId

HALTS = frozenset({"halted", "resumed"})


def asked(**message: object) -> object:
    """Return what a message asks."""
    return parse(json.dumps(message), lambda _: None)


@pytest.mark.parametrize(
    ("message", "listen"),
    [
        ({"feed": "alerts"}, Listen("alerts", Wanted())),
        ({"feed": ["alerts"]}, Listen("alerts", Wanted())),
        ({"feed": "halts"}, Listen("halts", Wanted(HALTS))),
        ({"feed": "halts", "kinds": ["halted"]}, Listen("halts", Wanted(frozenset({"halted"})))),
        (
            {"feed": "alerts", "kinds": ["resumed", "halted"], "tickers": ["A", "BRK.B"], "history": 5},
            Listen("alerts", Wanted(HALTS, frozenset({"A", "BRK.B"})), 5),
        ),
        (
            {"feed": "alerts", "filter": "price>5  AND quality_days >= 20"},
            Listen("alerts", Wanted(filter="price > 5 AND quality_days >= 20")),
        ),
        ({"feed": "alerts", "filter": " "}, Listen("alerts", Wanted())),
    ],
)
def test_what_may_be_asked(message: dict[str, object], listen: Listen) -> None:
    """To subscribe, and with a place to resume."""
    assert asked(action="subscribe", **message) == listen
    place = {"epoch": "e", "sequence": "1795185713250-7"}
    resumed = listen._replace(since=Place("e", EntryId(1795185713250, 7)))
    assert asked(action="resume", **message, **place) == resumed


@pytest.mark.parametrize(
    ("message", "code", "value"),
    [
        ({"kinds": ["new_hihg"]}, "unknown_kind", "new_hihg"),
        ({"kinds": []}, "bad_kinds", "[]"),
        ({"kinds": "halted"}, "bad_kinds", "halted"),
        ({"tickers": [7]}, "bad_tickers", "[7]"),
        ({"tickers": ["A B"]}, "bad_tickers", "A B"),
        ({"filter": 7}, "bad_filter", 7),
        ({"filter": "prise > 5"}, "bad_filter", "prise"),
        ({"filter": "change_pct > 5"}, "bad_filter", "change_pct"),
        ({"filter": "price"}, "bad_filter", "price"),
        ({"history": -1}, "bad_history", -1),
        ({"history": 1001}, "bad_history", 1001),
        ({"limit": 5}, "unknown_field", "limit"),
        ({"rate": 5}, "unknown_field", "rate"),
        ({"feed": "halts", "kinds": ["new_high"]}, "unknown_kind", "new_high"),
        ({"feed": ["alerts", "board:gainers"]}, "unknown_feed", "alerts"),
        ({"feed": "board:gainers", "history": 5}, "unknown_field", "history"),
        ({"action": "resume"}, "missing_field", None),
        ({"action": "resume", "epoch": "e"}, "missing_field", None),
        ({"action": "resume", "epoch": "e", "sequence": 7}, "bad_sequence", 7),
        ({"action": "resume", "epoch": "e", "sequence": "7"}, "bad_sequence", "7"),
    ],
)
def test_anything_else_is_refused(message: dict[str, object], code: str, value: object) -> None:
    """With a code, a sentence and what was wrong."""
    with pytest.raises(Refusal) as refused:
        asked(**{"action": "subscribe", "feed": "alerts", **message})

    assert refused.value.code == code
    assert refused.value.value == value or value is None
    assert refused.value.message
