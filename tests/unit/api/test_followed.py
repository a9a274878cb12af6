"""``api.followed``: what a client keeps, and how it goes on after a new connection."""

from typing import Any

import polars as pl
import pytest

from api.followed import Followed, Update

SCAN = {"filter": "price > 5", "limit": 2}
PONG = {"type": "pong", "server_time": 1}
UNSUBSCRIBED = {"type": "unsubscribed", "feed": "board:losers"}


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


def subscribed(feed: str) -> dict[str, Any]:
    """Return the confirmation of a board, a scan or a symbol."""
    return {"type": "subscribed", "feed": feed, "limit": 2, "columns": ["ticker", "price"], "rate": 4}


def refusal(code: str) -> dict[str, Any]:
    """Return the refusal of a request."""
    return {"type": "error", "code": code, "message": "no", "value": None, "position": None}


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
        {"action": "ping"},
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


@pytest.mark.parametrize("code", ["bad_filter", "unknown_metric", "bad_limit", "missing_scope", "too_many_messages"])
def test_a_scan_that_is_refused_takes_no_other_ones_name(code: str) -> None:
    """Whatever the reason; it is told, and the scan is not asked for again."""
    client = Followed()
    client.subscribe(scan={"filter": "prise > 5"})
    client.subscribe(scan=SCAN)
    refused, _ = client.take(refusal(code))
    before = client.again()
    client.take(subscribed("scan:abc"))

    assert refused == Update("error", None, refusal(code))
    assert before == [{"action": "subscribe", "scan": SCAN}]
    assert client.again() == [{"action": "subscribe", "scan": SCAN}]
    assert client.feeds == ("scan:abc",)


def test_two_texts_of_one_scan_leave_the_next_scan_its_own() -> None:
    """Each confirmation answers its own request."""
    client = Followed()
    other = {"filter": "change_pct > 10"}
    client.subscribe(scan=SCAN)
    client.subscribe(scan={"filter": "price>5", "limit": 2})
    client.subscribe(scan=other)
    for feed in ("scan:abc", "scan:abc", "scan:def"):
        client.take(subscribed(feed))

    assert client.again() == [
        {"action": "subscribe", "scan": {"filter": "price>5", "limit": 2}},
        {"action": "subscribe", "scan": other},
    ]


def test_the_refusal_of_a_feed_of_events_is_not_that_of_a_scan() -> None:
    """Nor the other way round, though feeds of events are confirmed late."""
    client = Followed()
    client.subscribe(feed="halts", filter="prise > 5")
    client.subscribe(scan=SCAN)
    client.take(refusal("bad_filter"))
    client.take(PONG)
    client.take(subscribed("scan:abc"))
    client.subscribe(feed="alerts")
    client.subscribe(scan={"filter": "prise > 5"})
    client.take(PONG)
    client.take(refusal("bad_filter"))
    client.take({"type": "subscribed", "feed": "alerts", "epoch": "log", "sequence": "7-0"})

    assert client.feeds == ("scan:abc", "alerts")
    assert client.again() == [
        {"action": "subscribe", "scan": SCAN},
        {"action": "resume", "feed": "alerts", "epoch": "log", "sequence": "7-0"},
        {"action": "ping"},
    ]


def test_a_ping_that_was_not_read_holds_up_nothing() -> None:
    """Where messages are too many a second."""
    client = Followed()
    client.subscribe(feed="alerts")
    client.subscribe(scan=SCAN)
    client.take(refusal("too_many_messages"))
    client.take(subscribed("scan:abc"))

    assert "scan:abc" in client.feeds


def test_answers_of_every_kind_keep_their_order() -> None:
    """A key, a list, a feed that is left: none takes the answer of another."""
    client = Followed()
    client.subscribe(feed="board:losers")
    sent = client.again("tb_key")
    client.take({"type": "authenticated", "key": "key", "name": "desk", "scopes": []})
    client.take(subscribed("board:losers"))
    client.subscribe(feed=["board:gainers", "symbol:AAPL", "board:gainers"])
    client.unsubscribe("board:losers")
    client.unsubscribe("board:losers")
    client.subscribe(feed=["board:new_highs", "board:ganers"])
    client.subscribe(scan=SCAN)
    for answer in (subscribed("board:gainers"), subscribed("symbol:AAPL"), UNSUBSCRIBED, refusal("not_subscribed")):
        client.take(answer)
    client.take(refusal("unknown_board"))
    client.take(subscribed("scan:abc"))

    assert sent == [{"action": "auth", "key": "tb_key"}, {"action": "subscribe", "feed": "board:losers"}]
    assert client.feeds == ("board:gainers", "symbol:AAPL", "scan:abc")


def test_options_that_are_refused_leave_a_feed_as_it_was() -> None:
    """Its table goes on, and after a new connection it is asked for with the options that it has."""
    client = Followed()
    client.subscribe(feed="board:gainers", limit=2)
    client.take(subscribed("board:gainers"))
    client.take(snapshot("board:gainers", 4, ["A", 1.0]))
    client.subscribe(feed="board:gainers", limit=0)
    client.take(refusal("bad_limit"))
    changed, _ = client.take(change("board:gainers", 5, ["A", 1, 7.0]))

    assert changed is not None
    assert client.again() == [{"action": "resume", "feed": "board:gainers", "limit": 2, "epoch": "e", "sequence": 5}]


def test_events_go_on_where_other_options_were_refused() -> None:
    """From where they were."""
    client = Followed()
    client.subscribe(feed="alerts")
    client.take(PONG)
    client.take(event("8-0", "x"))
    client.subscribe(feed="alerts", kinds=["new_hihg"])
    client.take(refusal("unknown_kind"))
    client.take(PONG)

    assert client.again()[0] == {"action": "resume", "feed": "alerts", "epoch": "log", "sequence": "8-0"}


def test_a_feed_that_is_refused_is_not_asked_for_again() -> None:
    """At first, or when it comes back."""
    client = Followed()
    client.subscribe(feed="board:ganers")
    client.take(refusal("unknown_board"))
    client.subscribe(feed="scan:abc")
    client.take(subscribed("scan:abc"))
    again = client.again()
    client.take(refusal("unknown_scan"))

    assert again == [{"action": "subscribe", "feed": "scan:abc"}]
    assert client.again() == []


@pytest.mark.parametrize("code", ["unauthorized", "invalid_key", "too_many_sockets"])
def test_a_connection_that_is_refused_takes_no_feed_with_it(code: str) -> None:
    """What was asked for over it is asked for again."""
    client = Followed()
    client.subscribe(feed="board:gainers")
    refused, _ = client.take(refusal(code))

    assert refused is not None
    assert client.again() == [{"action": "subscribe", "feed": "board:gainers"}]


def test_a_new_connection_waits_for_no_answer_of_the_one_before() -> None:
    """A scan that had no name yet is asked for anew, after the feeds, and its answer comes in that order."""
    client = Followed()
    client.subscribe(scan=SCAN)
    client.subscribe(feed="board:gainers")
    sent = client.again()
    client.take(subscribed("board:gainers"))
    client.take(subscribed("scan:abc"))

    assert sent == [{"action": "subscribe", "feed": "board:gainers"}, {"action": "subscribe", "scan": SCAN}]
    assert client.feeds == ("board:gainers", "scan:abc")


def test_a_scan_that_comes_back_under_another_name_is_followed_under_it() -> None:
    """A gateway of another version may write it otherwise."""
    client = Followed()
    client.subscribe(scan=SCAN)
    client.take(subscribed("scan:abc"))
    client.take(snapshot("scan:abc", 1))
    client.again()
    client.take(subscribed("scan:def"))

    assert client.feeds == ("scan:def",)
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
    resumed = {"action": "resume", "feed": "alerts", "epoch": "new", "sequence": "99-0"}
    assert client.again() == [resumed, {"action": "ping"}]


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
