"""The written protocol is current, and lets clients ask what the gateway understands."""

import json
from typing import Any

import jsonschema
import pytest

from api import event_requests, requests
from api.asyncapi import document
from api.refusals import Refusal
from api.request_types import REQUESTS
from tests.support.protocol import DOCUMENT, check_frame, check_request

GOOD: list[dict[str, Any]] = [
    {"action": "auth", "key": "tb_x"},
    {"action": "ping"},
    {"action": "subscribe", "feed": "board:gainers", "limit": 5, "columns": ["price"], "rate": 10},
    {"action": "subscribe", "feed": ["board:gainers", "symbol:AAPL"]},
    {"action": "subscribe", "scan": {"filter": "price > 5", "sort": "-price", "limit": 5, "columns": ["price"]}},
    {"action": "subscribe", "feed": "alerts", "kinds": ["new_high"], "tickers": ["A"], "filter": "price > 5"},
    {"action": "subscribe", "feed": "halts", "history": 10},
    {"action": "resume", "feed": "board:gainers", "epoch": "e", "sequence": 7},
    {"action": "resume", "scan": {"filter": "price > 5"}, "epoch": "e", "sequence": 7, "rate": 1},
    {"action": "resume", "feed": "alerts", "epoch": "e", "sequence": "1-0"},
    {"action": "get", "feed": "board:gainers", "limit": 3},
    {"action": "get", "scan": {"filter": "price > 5"}},
    {"action": "unsubscribe", "feed": ["board:gainers", "alerts"]},
]
BAD: list[dict[str, Any]] = [
    {"action": "auth"},
    {"action": "subscribe", "feed": "board:gainers", "limit": 501},
    {"action": "subscribe", "feed": "board:gainers", "rate": 0},
    {"action": "subscribe", "scan": {"filer": "price > 5"}},
    {"action": "subscribe", "feed": "alerts", "history": 1001},
    {"action": "resume", "feed": "board:gainers", "epoch": "e"},
    {"action": "ping", "feed": "board:gainers"},
]


def test_the_document_is_current() -> None:
    """``make docs`` writes it."""
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == json.loads(json.dumps(document()))


@pytest.mark.parametrize("message", GOOD)
def test_what_it_allows_is_understood(message: dict[str, Any]) -> None:
    """By the code that reads requests."""
    check_request(message)
    requests.parse(json.dumps(message), lambda _: None)


@pytest.mark.parametrize("message", BAD)
def test_what_it_forbids_is_refused(message: dict[str, Any]) -> None:
    """By the code that reads requests."""
    with pytest.raises(jsonschema.ValidationError):
        check_request(message)
    with pytest.raises(Refusal):
        requests.parse(json.dumps(message), lambda _: None)


def test_fields_are_those_that_are_read() -> None:
    """Of every action, no more and no fewer."""
    read: dict[str, set[str]] = {action: set(fields) for action, fields in requests.FIELDS.items()}
    for action, fields in event_requests.FIELDS.items():
        read[action].update(fields)
    written: dict[str, set[str]] = {}
    for kind in REQUESTS:
        written.setdefault(str(kind.__struct_config__.tag), {"action"}).update(kind.__struct_fields__)

    assert written == read


def test_a_frame_that_is_not_in_it_is_found_out() -> None:
    """The check of real traffic can fail."""
    with pytest.raises(AssertionError, match="no message news"):
        check_frame({"type": "news"})
    with pytest.raises(jsonschema.ValidationError):
        check_frame({"type": "pong"})
