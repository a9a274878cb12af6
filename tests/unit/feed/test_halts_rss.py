"""The exchange's halt feed: every element, New York's time, and bad items that cost only themselves."""

from datetime import UTC, datetime

import pytest

from schemas.records import Halt, Reason
from streams.feed.halts_rss import HaltFeed, read_halts
from streams.feed.input_error import InputError

HEAD = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:ndaq="http://www.nasdaqtrader.com/"><channel>'
PUBLISHED = "<pubDate>Mon, 06 Jan 2025 17:30:00 GMT</pubDate>"
RECEIVED = 7


def ms(text: str) -> int:
    """Return a UTC time in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def item(**texts: str) -> str:
    """Return an item of a halt with some elements otherwise; an empty text is an empty element."""
    fields = {
        "HaltDate": "01/06/2025",
        "HaltTime": "12:00:00",
        "IssueSymbol": "SPRC",
        "IssueName": "SciSparc Ltd.",
        "Market": "NASDAQ",
        "ReasonCode": "T1",
        "PauseThresholdPrice": "",
        "ResumptionDate": "",
        "ResumptionQuoteTime": "",
        "ResumptionTradeTime": "",
        **texts,
    }
    elements = "".join(
        f"<ndaq:{name}>{text}</ndaq:{name}>" if text else f"<ndaq:{name} />" for name, text in fields.items()
    )
    return f"<item><title>x</title><pubDate>Mon, 06 Jan 2025 05:00:00 GMT</pubDate>{elements}</item>\n"


def read(*items: str, published: str = PUBLISHED) -> HaltFeed:
    """Read a feed of some items."""
    return read_halts(f"{HEAD}{published}\n{''.join(items)}</channel></rss>".encode(), "feed.xml", RECEIVED)


def test_a_halt_without_end() -> None:
    """Empty elements are None, times are New York's in ms."""
    feed = read(item())

    assert feed.halts == [
        Halt(
            ticker="SPRC",
            event_time=ms("2025-01-06T17:00:00"),
            halt_time=ms("2025-01-06T17:00:00"),
            reason="T1",
            market="NASDAQ",
            name="SciSparc Ltd.",
            received_time=RECEIVED,
        )
    ]
    assert feed.rejects == []
    assert feed.published == ms("2025-01-06T17:30:00")


def test_a_pause_with_everything() -> None:
    """Milliseconds, a price, and times of resumption that have come."""
    (halt,) = read(
        item(
            HaltTime="12:00:00.073",
            ReasonCode="LUDP",
            PauseThresholdPrice="1.25",
            ResumptionDate="01/06/2025",
            ResumptionQuoteTime="12:00:00.073",
            ResumptionTradeTime="12:05:01",
        )
    ).halts

    assert (halt.halt_time, halt.quote_time) == (ms("2025-01-06T17:00:00.073"),) * 2
    assert halt.trade_time == halt.event_time == ms("2025-01-06T17:05:01")
    assert (halt.reason, halt.pause_price) == ("LUDP", 1.25)


def test_what_is_still_to_come_was_said_on_publication() -> None:
    """The event time is never ahead of the feed; where the feed does not say, it is that of the newest thing told."""
    later = item(ResumptionDate="01/06/2025", ResumptionQuoteTime="12:50:00", ResumptionTradeTime="12:55:00")

    assert read(later).halts[0].event_time == ms("2025-01-06T17:30:00")
    for unsaid in ("", "<pubDate>soon</pubDate>"):
        feed = read(later, published=unsaid)
        assert feed.published is None
        assert feed.halts[0].event_time == ms("2025-01-06T17:55:00")
    early = read(item(HaltTime="13:00:00")).halts[0]
    assert early.event_time == early.halt_time == ms("2025-01-06T18:00:00")


@pytest.mark.parametrize(
    ("date", "utc"), [("07/01/2025", "2025-07-01T16:00:00"), ("11/03/2025", "2025-11-03T17:00:00")]
)
def test_summer_and_winter(date: str, utc: str) -> None:
    """New York's offset is that of the day."""
    assert read(item(HaltDate=date)).halts[0].halt_time == ms(utc)


@pytest.mark.parametrize(
    ("texts", "reason", "detail"),
    [
        ({"IssueSymbol": ""}, Reason.BAD_TICKER, "IssueSymbol ''"),
        ({"IssueSymbol": "ABR PRD"}, Reason.BAD_TICKER, "IssueSymbol 'ABR PRD'"),
        ({"IssueSymbol": "A" * 13}, Reason.BAD_TICKER, "1-12 printable"),
        ({"HaltTime": ""}, Reason.MISSING_FIELD, "no HaltDate or HaltTime"),
        ({"HaltDate": ""}, Reason.BAD_TIME, "HaltDate and HaltTime, ' 12:00:00'"),
        ({"HaltDate": "13/01/2025"}, Reason.BAD_TIME, "MM/DD/YYYY"),
        ({"HaltDate": "2025-01-06"}, Reason.BAD_TIME, "MM/DD/YYYY"),
        ({"HaltTime": "25:00:00"}, Reason.BAD_TIME, "HH:MM:SS"),
        ({"HaltTime": "noon"}, Reason.BAD_TIME, "HH:MM:SS"),
        ({"ReasonCode": ""}, Reason.MISSING_FIELD, "no ReasonCode"),
        ({"PauseThresholdPrice": "five"}, Reason.BAD_PRICE, "'five'"),
        ({"PauseThresholdPrice": "-1"}, Reason.BAD_PRICE, "'-1'"),
        ({"PauseThresholdPrice": "nan"}, Reason.BAD_PRICE, "'nan'"),
        ({"PauseThresholdPrice": "inf"}, Reason.BAD_PRICE, "'inf'"),
        ({"ResumptionTradeTime": "12:30:00"}, Reason.BAD_TIME, "ResumptionDate"),
        ({"ResumptionDate": "01/06/2025", "ResumptionTradeTime": "11:59:59"}, Reason.BAD_TIME, "before it begins"),
        ({"ResumptionDate": "01/03/2025", "ResumptionQuoteTime": "12:30:00"}, Reason.BAD_TIME, "before it begins"),
    ],
)
def test_a_bad_item_costs_only_itself(texts: dict[str, str], reason: Reason, detail: str) -> None:
    """It is refused with its line and its bytes; those around it are read."""
    bad = item(**texts)
    feed = read(item(IssueSymbol="A"), bad, item(IssueSymbol="B"))

    assert [halt.ticker for halt in feed.halts] == ["A", "B"]
    (reject,) = feed.rejects
    assert (reject.reason, reject.source, reject.position) == (reason, "feed.xml", 3)
    assert detail in reject.detail
    assert reject.payload == bad.strip().encode()


def test_elements_may_be_missing_or_strange() -> None:
    """What is not there is None; elements of other names, nested ones and other namespaces are passed over."""
    own = (
        "<item><ndaq:HaltDate>01/06/2025</ndaq:HaltDate><ndaq:HaltTime> 12:00:00 </ndaq:HaltTime>"
        "<ndaq:IssueSymbol>BRK.B</ndaq:IssueSymbol><ndaq:ReasonCode>T12</ndaq:ReasonCode>"
        "<ndaq:Later>x</ndaq:Later><description><![CDATA[<b>HaltTime</b>]]></description>"
        "<Market>other</Market><ndaq:IssueName>A &amp; B</ndaq:IssueName></item>"
    )
    (halt,) = read(own).halts

    assert (halt.ticker, halt.market, halt.name, halt.pause_price) == ("BRK.B", None, "A & B", None)


def test_a_feed_of_nothing() -> None:
    """No halts are no error."""
    assert read().halts == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ticker,halt", "feed.xml: this is no XML"),
        (b"<rss><channel>", "feed.xml: this is no XML"),
        (b'<?xml version="1.0" encoding="klingon"?><rss/>', "feed.xml: this is no XML"),
        (b"<rss>\xff\xfe</rss>", "feed.xml: this is no XML"),
        (b"<html><body/></html>", "feed.xml: a document of type html, not an RSS feed"),
        (b'<!DOCTYPE rss [<!ENTITY a "aa">]><rss>&a;</rss>', "feed.xml: a document type"),
        (b'<!DOCTYPE rss SYSTEM "file:///etc/passwd"><rss/>', "feed.xml: a document type"),
    ],
)
def test_what_is_no_feed_is_said(data: bytes, message: str) -> None:
    """One line that names the file; nothing is expanded or fetched."""
    with pytest.raises(InputError, match=message):
        read_halts(data, "feed.xml", RECEIVED)
