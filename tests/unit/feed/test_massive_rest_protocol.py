"""Requests, pages and statuses of the vendor's REST API, without a socket."""

import pytest

from streams.feed.massive_rest_protocol import (
    LONGEST_WAIT_SECONDS,
    NotInPlanError,
    Outcome,
    Request,
    RestError,
    asked_to_wait,
    next_request,
    outcome,
    quoted,
)


def test_a_request_is_the_same_in_any_order_of_parameters() -> None:
    """So that its answer is found again; another parameter is another request."""
    one = Request.of("/v3/x", {"limit": 5, "date.gte": "2025-01-06"})
    other = Request.of("/v3/x", {"date.gte": "2025-01-06", "limit": 5})

    assert one == other
    assert one.target == "/v3/x?date.gte=2025-01-06&limit=5"
    assert one.digest == other.digest != Request.of("/v3/x", {"limit": 6}).digest
    assert Request.of("/v3/x").target == "/v3/x"


def test_a_ticker_in_a_path_stays_one_part_of_it() -> None:
    """Whatever is in it."""
    assert quoted("BRK/B") == "BRK%2FB"


def test_the_next_page_is_asked_of_the_same_host() -> None:
    """Of ``next_url`` only path and query count, and the last page has none."""
    page = {"next_url": "https://elsewhere.example/v3/x?cursor=YWN0%3D&limit=2"}

    assert next_request(page) == Request.of("/v3/x", {"cursor": "YWN0=", "limit": "2"})
    assert next_request({"results": []}) is None
    assert next_request({"next_url": ""}) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, Outcome.USE),
        (204, Outcome.USE),
        (429, Outcome.AGAIN),
        (408, Outcome.AGAIN),
        (500, Outcome.AGAIN),
        (503, Outcome.AGAIN),
    ],
)
def test_statuses_that_may_pass(status: int, expected: Outcome) -> None:
    """Too many requests and a server's trouble are asked again."""
    assert outcome(status, "/x") is expected


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, RestError, "set MASSIVE_API_KEY"),
        (403, NotInPlanError, r"/x: not in the plan of this key, or not there \(403\)"),
        (404, NotInPlanError, "404"),
        (400, RestError, "/x: the vendor answers 400"),
        (302, RestError, "is --url the address of its API"),
    ],
)
def test_statuses_that_stay(status: int, kind: type[RestError], message: str) -> None:
    """Each says in one line what to do."""
    with pytest.raises(kind, match=message):
        outcome(status, "/x")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("99999", LONGEST_WAIT_SECONDS),
        ("Mon, 06 Jan 2025 14:30:10 GMT", 10.0),
        ("Mon, 06 Jan 2025 14:29:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
    ],
)
def test_retry_after(header: str | None, expected: float | None) -> None:
    """Seconds or a date; nonsense is as if nothing was said."""
    assert asked_to_wait(header, 1_736_173_800_000) == expected
