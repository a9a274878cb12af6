"""``api.followed``: what a client keeps, and how it goes on after a new connection."""

from typing import Any

import polars as pl
import pytest

from api.followed import Followed, Update

SCAN = {"filter": "price > 5", "limit": 2}


def snapshot(feed: str, sequence: int, *rows: list[Any]) -> dict[str, Any]:
    """Return a snapshot of one column."""
    columns = ["ticker", "price"]
    return {"type": "snapshot", "feed": feed, "epoch": "e", "sequence": sequence, "columns": columns, "rows": rows}


def change(feed: str, sequence: int, *upserts: list[Any], epoch: str = "e") -> dict[str, Any]:
    """Return a change of cells."""
    parts = {"upserts": upserts, "removals": [], "moves": []}
    return {"type": "change", "feed": feed, "epoch": epoch, "sequence": sequence, **parts}


def event(sequence: str, name: str) -> dict[str, Any]:
    """Return an alert."""
    return {"type": "event", "feed": "alerts", "epoch": "log", "sequence": sequence, "event": {"id": name}}


def followed(feed: str) -> Followed:
    """Return a client that follows a feed and has its first snapshot."""
    found = Followed()
    found.subscribe(feed=feed)
    found.take(snapshot(feed, 4, ["A", 1.0], ["B", None]))
    return found


def test_a_table_is_a_data_frame() -> None:
    """Undefined is null, numbers are floats, tickers text, also where there are no rows."""
    client = followed("board:gainers")
    empty = Followed()
    empty.subscribe(feed="board:losers")
    empty.take(snapshot("board:losers", 1))

    assert client.table("board:gainers").equals(pl.DataFrame({"ticker": ["A", "B"], "price": [1.0, None]}))
    assert empty.table("board:losers").schema == {"ticker": pl.String, "price": pl.Float64}


def test_changes_are_applied_and_those_that_come_twice_are_not() -> None:
    """Each in its turn."""
    client = followed("board:gainers")
    first, sent = client.take(change("board:gainers", 5, ["B", 1, 7.0]))
    again, _ = client.take(change("board:gainers", 5, ["B", 1, 9.0]))

    assert (first is not None, sent, again) == (True, [], None)
    assert client.rows("board:gainers") == [("A", 1.0), ("B", 7.0)]


@pytest.mark.parametrize("odd", [change("board:gainers", 6), change("board:gainers", 5, epoch="other")])
def test_a_gap_asks_for_a_fresh_snapshot(odd: dict[str, Any]) -> None:
    """Once: what comes before it is of no use."""
    client = followed("board:gainers")

    assert client.take(odd) == (None, [{"action": "subscribe", "feed": "board:gainers"}])
    assert client.take(change("board:gainers", 7)) == (None, [])


def test_each_feed_goes_on_where_it_was() -> None:
    """With its options; one that has nothing yet begins anew."""
    client = followed("board:gainers")
    client.subscribe(feed="symbol:AAPL", columns=["price"])
    client.subscribe(feed="alerts", kinds=["new_high"], history=5)
    client.take({"type": "subscribed", "feed": "alerts", "epoch": "log", "sequence": "7-0"})
    client.take(event("8-0", "x"))

    assert client.again() == [
        {"action": "resume", "feed": "board:gainers", "epoch": "e", "sequence": 4},
        {"action": "subscribe", "feed": "symbol:AAPL", "columns": ["price"]},
        {"action": "resume", "feed": "alerts", "kinds": ["new_high"], "epoch": "log", "sequence": "8-0"},
    ]


def test_a_scan_is_known_by_the_name_that_the_gateway_gives_it() -> None:
    """Before that it is asked for again as it was; after it the scan itself goes along: any gateway can go on."""
    client = Followed()
    client.subscribe(scan=SCAN, rate=2)
    before = client.again()
    client.take({"type": "subscribed", "feed": "scan:abc", "limit": 2})
    client.take(snapshot("scan:abc", 9, ["A", 6.0]))

    assert before == [{"action": "subscribe", "scan": SCAN, "rate": 2}]
    assert client.feeds == ("scan:abc",)
    assert client.again() == [{"action": "resume", "scan": SCAN, "rate": 2, "epoch": "e", "sequence": 9}]


def test_a_scan_that_is_refused_takes_no_other_ones_name() -> None:
    """Answers come in the order of the questions."""
    client = Followed()
    client.subscribe(scan={"filter": "prise > 5"})
    client.subscribe(scan=SCAN)
    refused, _ = client.take({"type": "error", "code": "bad_filter", "message": "no", "value": "prise"})
    client.take({"type": "subscribed", "feed": "scan:abc", "limit": 2})

    assert refused is not None
    assert client.again() == [{"action": "subscribe", "scan": SCAN}]


def test_an_event_is_given_once() -> None:
    """Also where the log was made anew and brings it under another sequence."""
    client = Followed()
    client.subscribe(feed="alerts")
    first, _ = client.take(event("8-0", "x"))
    second, _ = client.take(event("9-0", "x"))
    third, _ = client.take(event("10-0", "y"))

    assert first == Update("event", "alerts", event("8-0", "x"))
    assert second is None
    assert third is not None


def test_after_a_gap_it_goes_on_from_its_end() -> None:
    """In the log that the gap leads to."""
    client = Followed()
    client.subscribe(feed="alerts")
    client.take(event("8-0", "x"))
    gap = {"type": "gap", "feed": "alerts", "epoch": "new", "from": "8-0", "to": "99-0", "reason": "expired"}

    assert client.take(gap) == (Update("gap", "alerts", gap), [])
    assert client.again() == [{"action": "resume", "feed": "alerts", "epoch": "new", "sequence": "99-0"}]


def test_what_was_left_is_gone() -> None:
    """Frames that were on their way show nothing."""
    client = followed("board:gainers")

    assert client.unsubscribe("board:gainers") == {"action": "unsubscribe", "feed": "board:gainers"}
    assert client.take(snapshot("board:gainers", 5)) == (None, [])
    assert client.again() == []
    with pytest.raises(KeyError):
        client.table("board:gainers")


def test_the_gateways_own_words_are_updates_too() -> None:
    """Heartbeats and errors belong to no feed."""
    client = followed("board:gainers")
    beat = {"type": "heartbeat", "stale": False}

    assert client.take(beat) == (Update("heartbeat", None, beat), [])
    assert client.take({"type": "pong", "server_time": 1}) == (None, [])
