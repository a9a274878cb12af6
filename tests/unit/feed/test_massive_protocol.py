"""Massive's frames: every field in its place, every bad element refused by itself, every odd but valid one kept."""

import json
from typing import Any, Final

import pytest

from schemas.records import Aggregate, LimitBand, Quote, Reason, Trade
from streams.feed.massive_events import Status
from streams.feed.massive_protocol import Frame, MassiveProtocol
from streams.feed.massive_records import in_ms
from tests.support.shared_data import shared_data

NOW: Final = 1_788_877_044_250
BAR: Final[dict[str, Any]] = {
    "ev": "A", "sym": "FCX", "v": 4989, "av": 4332125, "op": 75.98, "vw": 78.0894, "o": 78.1, "c": 78.08, "h": 78.125,
    "l": 78.07, "a": 76.8404, "z": 62, "s": 1788877043000, "e": 1788877044000,
}  # fmt: skip
TRADE: Final[dict[str, Any]] = {
    "ev": "T", "sym": "MSFT", "x": 4, "i": "12345", "z": 3, "p": 114.125, "s": 100, "c": [0, 12], "t": 1788877044000,
    "pt": 1788877043963, "q": 3681328,
}  # fmt: skip
QUOTE: Final[dict[str, Any]] = {
    "ev": "Q", "sym": "MSFT", "bx": 4, "bp": 114.125, "bs": 100, "ax": 7, "ap": 114.128, "as": 160, "c": 0, "i": [604],
    "t": 1788877044000, "q": 50385480, "z": 3,
}  # fmt: skip
BAND: Final[dict[str, Any]] = {
    "ev": "LULD", "h": 3.63, "l": 2.97, "i": [15], "z": 3, "T": "ATHR", "t": 1788877043310003385, "q": 3209681,
}  # fmt: skip


def decode(*elements: dict[str, Any], live: bool = True) -> Frame:
    """Decode a frame of elements."""
    return MassiveProtocol(feed_is_live=live).decode(json.dumps(elements), NOW)


def test_a_second_bar() -> None:
    """All fields; the length is the distance of its ends."""
    (bar,) = decode(BAR | {"otc": True}).records

    assert bar == Aggregate(
        ticker="FCX",
        interval_ms=1000,
        start_time=1788877043000,
        open=78.1,
        high=78.125,
        low=78.07,
        close=78.08,
        volume=4989,
        volume_weighted_price=78.0894,
        average_size=62,
        vendor_day_volume=4332125,
        vendor_open=75.98,
        vendor_vwap=76.8404,
        otc=True,
        received_time=NOW,
    )


def test_a_minute_bar_is_a_minute_long() -> None:
    """Whatever its end says."""
    (bar,) = decode(BAR | {"ev": "AM", "s": 1788876960000, "e": 1788877020000}).records

    assert isinstance(bar, Aggregate)
    assert bar.interval_ms == 60_000


def test_decimal_strings_are_more_exact_than_the_numbers() -> None:
    """``v`` and ``av`` are rounded; a string that is no number is passed over."""
    fractions, nonsense = decode(
        BAR | {"v": 5, "dv": "4.625", "dav": "4332125.038360"}, BAR | {"dv": "many", "dav": "nan"}
    ).records

    assert isinstance(fractions, Aggregate)
    assert isinstance(nonsense, Aggregate)
    assert (fractions.volume, fractions.vendor_day_volume) == (4.625, 4332125.03836)
    assert (nonsense.volume, nonsense.vendor_day_volume) == (4989, 4332125)


@pytest.mark.parametrize("field", ["op", "av", "a", "z", "vw"])
def test_what_the_vendor_may_leave_out_is_nothing(field: str) -> None:
    """Absent or null is ``None``."""
    names = {"op": "vendor_open", "av": "vendor_day_volume", "a": "vendor_vwap", "z": "average_size"}
    name = names.get(field, "volume_weighted_price")
    without = {key: value for key, value in BAR.items() if key != field}
    frame = decode(without, BAR | {field: None})

    assert [getattr(record, name) for record in frame.records] == [None, None]
    assert frame.rejects == []


def test_an_official_open_of_0_was_not_sent() -> None:
    """Before the open the vendor sends 0."""
    (bar,) = decode(BAR | {"op": 0, "a": 0}).records

    assert isinstance(bar, Aggregate)
    assert (bar.vendor_open, bar.vendor_vwap) == (None, None)


def test_a_trade() -> None:
    """All fields; ``ds`` is the size with its fraction."""
    whole, fraction = decode(TRADE, TRADE | {"s": 0, "ds": "0.25", "i": 7}).records

    assert whole == Trade(
        ticker="MSFT",
        price=114.125,
        size=100,
        trade_time=1788877044000,
        exchange=4,
        tape=3,
        trade_id="12345",
        sequence=3681328,
        conditions=(0, 12),
        received_time=NOW,
    )
    assert isinstance(fraction, Trade)
    assert (fraction.size, fraction.trade_id) == (0.25, "7")


@pytest.mark.parametrize("time", [1788877044000, 1788877044000003, 1788877044000003385])
def test_a_quote_with_its_time_in_any_unit(time: int) -> None:
    """All fields; indicators are passed over."""
    (quote,) = decode(QUOTE | {"t": time}).records

    assert quote == Quote(
        ticker="MSFT",
        bid=114.125,
        bid_size=100,
        ask=114.128,
        ask_size=160,
        quote_time=1788877044000,
        bid_exchange=4,
        ask_exchange=7,
        conditions=(0,),
        tape=3,
        sequence=50385480,
        received_time=NOW,
    )


@pytest.mark.parametrize("absent", [{"bp": 0, "bs": 0}, {"bp": 0.0}, {"bp": None, "bs": None}, {"bp": 0, "bs": -1}])
def test_a_side_whose_price_is_0_is_not_quoted(absent: dict[str, Any]) -> None:
    """It has neither price nor size, whatever stands there; the other side is kept, and one may be all there is."""
    bid_absent = decode(QUOTE | absent).records[0]
    names = {"bp": "ap", "bs": "as"}
    ask_absent = decode(QUOTE | {names[key]: value for key, value in absent.items()}).records[0]

    assert isinstance(bid_absent, Quote)
    assert isinstance(ask_absent, Quote)
    assert (bid_absent.bid, bid_absent.bid_size, bid_absent.ask, bid_absent.ask_size) == (None, None, 114.128, 160)
    assert (ask_absent.bid, ask_absent.bid_size, ask_absent.ask, ask_absent.ask_size) == (114.125, 100, None, None)


def test_a_quote_of_its_names_alone() -> None:
    """All that may be left out is nothing; conditions may be several."""
    bare, several = decode({"ev": "Q", "sym": "A", "t": NOW}, QUOTE | {"c": [1, 2]}).records

    assert bare == Quote(ticker="A", quote_time=NOW, received_time=NOW)
    assert isinstance(several, Quote)
    assert several.conditions == (1, 2)


def test_crossed_and_locked_quotes_are_kept() -> None:
    """They happen."""
    quotes = decode(QUOTE | {"bp": 114.2}, QUOTE | {"bp": 114.128}).records

    assert [quote.bid for quote in quotes if isinstance(quote, Quote)] == [114.2, 114.128]


@pytest.mark.parametrize("time", [1788877043310, 1788877043310003, 1788877043310003385])
def test_a_band_with_its_time_in_any_unit(time: int) -> None:
    """The symbol is in ``T``; milli-, micro- and nanoseconds are told apart by magnitude."""
    (band,) = decode(BAND | {"t": time}).records

    assert band == LimitBand(
        ticker="ATHR",
        event_time=1788877043310,
        high_limit=3.63,
        low_limit=2.97,
        indicators=(15,),
        tape=3,
        sequence=3209681,
        received_time=NOW,
    )
    assert in_ms(time) == 1788877043310


def test_statuses_are_kept_apart() -> None:
    """They are not records, and not refused."""
    frame = decode({"ev": "status", "status": "success", "message": "subscribed to: A.*"})

    assert frame == Frame(statuses=[Status("success", "subscribed to: A.*")])


GOOD_TICKERS: Final = ["NA", "NAN", "TRUE", "null", "BRK.B", "ABRpD", "A", "ABCDEFGHIJKL", "1", "ACHR.WS"]


@pytest.mark.parametrize("ticker", GOOD_TICKERS)
def test_tickers_are_text(ticker: str) -> None:
    """Whatever else they look like."""
    assert [record.ticker for record in decode(BAR | {"sym": ticker}).records] == [ticker]


@pytest.mark.parametrize(
    "change",
    [
        {"v": 0},
        {"v": 0.375},
        {"o": 0.0001, "h": 0.00012, "l": 0.00009, "c": 0.000105},
        {"o": 1.123456789012345},
        {"o": 1, "h": 781, "l": 1, "c": 781},
        {"e": NOW // 1000 * 1000 + 60_000, "s": NOW // 1000 * 1000 + 59_000},
        {"unknown": {"more": [1]}},
    ],
)
def test_odd_but_valid_bars_are_kept(change: dict[str, Any]) -> None:
    """Zero and fractional volume, sub-penny prices, a jump, clocks that differ a little, fields that are new."""
    frame = decode(BAR | change)

    assert len(frame.records) == 1
    assert frame.rejects == []


BAD_ELEMENTS: Final = [
    ({"ev": "Q"}, Reason.MISSING_FIELD),
    ({"ev": "NOI"}, Reason.UNKNOWN_EVENT),
    ({"ev": "FMV"}, Reason.UNKNOWN_EVENT),
    ({"sym": "A"}, Reason.MISSING_FIELD),
    ({key: value for key, value in BAR.items() if key != "c"}, Reason.MISSING_FIELD),
    (BAR | {"c": None}, Reason.MISSING_FIELD),
    ({key: value for key, value in TRADE.items() if key != "p"}, Reason.MISSING_FIELD),
    ({key: value for key, value in QUOTE.items() if key != "t"}, Reason.MISSING_FIELD),
    ({key: value for key, value in BAND.items() if key != "T"}, Reason.MISSING_FIELD),
    (BAR | {"o": "78.1"}, Reason.WRONG_TYPE),
    (BAR | {"s": 1.5}, Reason.WRONG_TYPE),
    (BAR | {"sym": 7}, Reason.WRONG_TYPE),
    (TRADE | {"q": 2**70}, Reason.WRONG_TYPE),
    (TRADE | {"c": [2**40]}, Reason.WRONG_TYPE),
    (QUOTE | {"bp": "114"}, Reason.WRONG_TYPE),
    (QUOTE | {"c": [2**40]}, Reason.WRONG_TYPE),
    (BAR | {"sym": ""}, Reason.BAD_TICKER),
    (BAR | {"sym": "ABCDEFGHIJKLM"}, Reason.BAD_TICKER),
    (BAR | {"sym": "A\n"}, Reason.BAD_TICKER),
    (BAR | {"sym": "A B"}, Reason.BAD_TICKER),
    (TRADE | {"sym": "Ä"}, Reason.BAD_TICKER),
    (QUOTE | {"sym": "A B"}, Reason.BAD_TICKER),
    (BAND | {"T": "\u200b"}, Reason.BAD_TICKER),
    (BAR | {"v": -1}, Reason.BAD_VOLUME),
    (BAR | {"dv": "-0.5"}, Reason.BAD_VOLUME),
    (TRADE | {"s": -1}, Reason.BAD_VOLUME),
    (QUOTE | {"bs": -1}, Reason.BAD_VOLUME),
    (QUOTE | {"as": -1}, Reason.BAD_VOLUME),
    (BAR | {"o": 0}, Reason.BAD_PRICE),
    (BAR | {"l": -1}, Reason.BAD_PRICE),
    (TRADE | {"p": 0}, Reason.BAD_PRICE),
    (QUOTE | {"bp": -1}, Reason.BAD_PRICE),
    (QUOTE | {"ap": -1}, Reason.BAD_PRICE),
    (BAND | {"h": -1}, Reason.BAD_PRICE),
    (BAR | {"h": 78.0, "l": 78.5}, Reason.BAD_RANGE),
    (BAND | {"h": 1, "l": 2}, Reason.BAD_RANGE),
    (BAR | {"e": 1788877043000}, Reason.BAD_TIME),
    (BAR | {"s": 1788877043, "e": 1788877044}, Reason.BAD_TIME),
    (BAR | {"s": -5}, Reason.BAD_TIME),
    (TRADE | {"t": 0}, Reason.BAD_TIME),
    (QUOTE | {"t": 0}, Reason.BAD_TIME),
    (BAR | {"s": NOW + 59_001, "e": NOW + 60_001}, Reason.FROM_THE_FUTURE),
    (TRADE | {"t": NOW + 60_001}, Reason.FROM_THE_FUTURE),
    (QUOTE | {"t": NOW + 60_001}, Reason.FROM_THE_FUTURE),
    (BAND | {"t": (NOW + 60_001) * 1_000_000}, Reason.FROM_THE_FUTURE),
]


@pytest.mark.parametrize(("element", "reason"), BAD_ELEMENTS)
def test_a_bad_element_is_refused_and_the_rest_of_the_frame_kept(element: dict[str, Any], reason: Reason) -> None:
    """With its own bytes; what stands before and behind it stays in order."""
    frame = decode(TRADE, element, BAR, {"ev": "status", "status": "x"})
    (reject,) = frame.rejects

    assert reject.reason is reason
    assert json.loads(reject.payload) == element
    assert reject.detail
    assert [type(record) for record in frame.records] == [Trade, Aggregate]
    assert len(frame.statuses) == 1


def test_a_feed_of_another_day_is_not_from_the_future() -> None:
    """A simulator's day has nothing to do with the arrival."""
    assert len(decode(TRADE | {"t": NOW + 10**9}, live=False).records) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"hello", Reason.NOT_JSON),
        (b'[{"ev":"A"', Reason.NOT_JSON),
        (b"[NaN]", Reason.NOT_JSON),
        (b"[" * 100_000, Reason.NOT_JSON),
        (b'{"ev":"status"}', Reason.WRONG_TYPE),
        (b"[1]", Reason.WRONG_TYPE),
        (b'[{"ev":7}]', Reason.WRONG_TYPE),
        (b'[{"ev":"T","sym":"A","p":1e999,"s":1,"t":1788877044000}]', Reason.WRONG_TYPE),
        (b'[{"ev":"T","sym":"\xff","p":1,"s":1,"t":1788877044000}]', Reason.NOT_JSON),
    ],
)
def test_frames_that_are_not_what_they_should_be(content: bytes, reason: Reason) -> None:
    """Refused with the reason and the bytes; nothing raises."""
    frame = MassiveProtocol(feed_is_live=True).decode(content, NOW)

    assert frame.records == []
    assert [reject.reason for reject in frame.rejects] == [reason]


def test_an_empty_frame_is_empty() -> None:
    """Nothing in, nothing out."""
    assert decode() == Frame()


def test_captured_and_published_frames() -> None:
    """Every real frame decodes; what this feed does not take is named."""
    lines = shared_data("massive_messages/websocket_frames.jsonl").read_text(encoding="utf-8").splitlines()
    frames = [MassiveProtocol(feed_is_live=True).decode(json.loads(line)["frame"], NOW * 2) for line in lines]

    kinds = [type(record) for frame in frames for record in frame.records]
    assert sorted(kind.__name__ for kind in kinds) == [*["Aggregate"] * 3, *["LimitBand"] * 2, "Quote", "Trade"]
    assert [reject.reason for frame in frames for reject in frame.rejects] == [Reason.UNKNOWN_EVENT]
