"""The Nasdaq trade-halt feed (RSS with the ``ndaq`` namespace) to halts and refusals. PURE: no file, no clock.

It lists the halts of every US market. Dates and times are New York's, milliseconds are possible; what is not known yet
is an empty element. One item that cannot be used costs only itself. A document type is refused, so that there are no
entities that could grow or reach outside.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from email.utils import parsedate_to_datetime
from typing import Final
from xml.parsers import expat

from schemas.records import Halt, Reason
from streams.feed.input_error import InputError
from streams.feed.reject import Reject
from streams.feed.row_checks import TICKER_PATTERN
from streams.market.session import NEW_YORK, to_ms

NAMESPACE: Final = "http://www.nasdaqtrader.com/"
SEPARATOR: Final = " "
FIELDS: Final = (
    "HaltDate",
    "HaltTime",
    "IssueSymbol",
    "IssueName",
    "Market",
    "ReasonCode",
    "PauseThresholdPrice",
    "ResumptionDate",
    "ResumptionQuoteTime",
    "ResumptionTradeTime",
)
ITEM: Final = "item"
PUBLISHED: Final = "pubDate"
GOOD_TICKER: Final = re.compile(TICKER_PATTERN)
MOMENT: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4}) (\d\d:\d\d:\d\d(?:\.\d{3})?)")


@dataclass(slots=True)
class HaltFeed:
    """What a feed listed: usable halts in its order, refused items, and when it was published (ms, or ``None``)."""

    halts: list[Halt] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    published: int | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """The texts of an item by field, and where in the file it is."""

    texts: dict[str, str]
    line: int
    payload: bytes


class _ItemError(ValueError):
    """An item that cannot be used, and why."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class _DocumentTypeError(ValueError):
    """The file has a document type."""


class _Reader:
    """Takes a file apart into items."""

    def __init__(self, data: bytes) -> None:
        """Take the whole file."""
        self.items: list[_Item] = []
        self.published = ""
        self.root = ""
        self._data = data
        self._texts: dict[str, str] | None = None
        self._name: str | None = None
        self._start = (0, 0)
        self._parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.StartDoctypeDeclHandler = self._refuse

    def read(self) -> None:
        """Read the file; raise ``expat.ExpatError`` or ``_DocumentTypeError``."""
        self._parser.Parse(self._data, True)  # noqa: FBT003 - the parser's own way to say that this is all

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = self.root or name
        self._name = None
        if name == ITEM:
            self._texts = {}
            self._start = (self._parser.CurrentByteIndex, self._parser.CurrentLineNumber)
        elif self._texts is not None and name.startswith(NAMESPACE):
            self._name = name.removeprefix(NAMESPACE + SEPARATOR)
            self._texts[self._name] = ""
        elif self._texts is None and name == PUBLISHED:
            self._name = PUBLISHED

    def _end(self, name: str) -> None:
        self._name = None
        if name == ITEM and self._texts is not None:
            start, line = self._start
            payload = self._data[start : self._parser.CurrentByteIndex] + f"</{ITEM}>".encode()
            self.items.append(_Item(self._texts, line, payload))
            self._texts = None

    def _text(self, text: str) -> None:
        if self._name is None:
            return
        if self._texts is not None:
            self._texts[self._name] += text
        else:
            self.published += text

    def _refuse(self, *_declaration: object) -> None:
        raise _DocumentTypeError


def read_halts(data: bytes, source: str, received_time: int) -> HaltFeed:
    """Return what a feed's bytes list; ``source`` names them, ``received_time`` (ms) goes into the records.

    Raises ``InputError`` where they are no RSS as a whole.
    """
    reader = _Reader(data)
    try:
        reader.read()
    except _DocumentTypeError:
        message = f"{source}: a document type, which no halt feed has; give the feed as the exchange serves it"
        raise InputError(message) from None
    except (expat.ExpatError, LookupError, UnicodeError) as error:
        message = f"{source}: this is no XML ({error}); give the feed as the exchange serves it"
        raise InputError(message) from error
    if reader.root != "rss":
        message = f"{source}: a document of type {reader.root}, not an RSS feed of halts"
        raise InputError(message)
    feed = HaltFeed(published=_published(reader.published))
    for item in reader.items:
        try:
            feed.halts.append(_halt(item.texts, feed.published, received_time))
        except _ItemError as error:
            feed.rejects.append(Reject(error.reason, str(error), source, item.line, item.payload))
    return feed


def _published(text: str) -> int | None:
    """Return when a feed was published (ms); ``None`` where it does not say."""
    try:
        return to_ms(parsedate_to_datetime(text))
    except ValueError:
        return None


def _halt(texts: dict[str, str], published: int | None, received_time: int) -> Halt:
    """Return the record of an item.

    Its event time is that of the newest thing it says, or of publication where that is still to come.
    """
    ticker = _text(texts, "IssueSymbol")
    if not GOOD_TICKER.match(ticker):
        raise _ItemError(Reason.BAD_TICKER, f"IssueSymbol {ticker!r} is not of 1-12 printable characters")
    halt_time = _time(texts, "HaltDate", "HaltTime")
    if halt_time is None:
        raise _ItemError(Reason.MISSING_FIELD, f"the halt of {ticker} has no HaltDate or HaltTime")
    reason = _text(texts, "ReasonCode")
    if not reason:
        raise _ItemError(Reason.MISSING_FIELD, f"the halt of {ticker} has no ReasonCode")
    quote_time = _time(texts, "ResumptionDate", "ResumptionQuoteTime")
    trade_time = _time(texts, "ResumptionDate", "ResumptionTradeTime")
    if min(quote_time or halt_time, trade_time or halt_time) < halt_time:
        raise _ItemError(Reason.BAD_TIME, f"the halt of {ticker} ends before it begins")
    newest = max(halt_time, quote_time or 0, trade_time or 0)
    return Halt(
        ticker=ticker,
        event_time=newest if published is None else max(halt_time, min(newest, published)),
        halt_time=halt_time,
        reason=reason,
        market=_text(texts, "Market") or None,
        name=_text(texts, "IssueName") or None,
        pause_price=_price(texts),
        quote_time=quote_time,
        trade_time=trade_time,
        received_time=received_time,
    )


def _text(texts: dict[str, str], name: str) -> str:
    """Return the text of a field, empty where there is none."""
    return texts.get(name, "").strip()


def _time(texts: dict[str, str], date_field: str, time_field: str) -> int | None:
    """Return the instant (ms) that a date and a time of day name; ``None`` where there is no time of day."""
    text = _text(texts, time_field)
    if not text:
        return None
    moment = f"{_text(texts, date_field)} {text}"
    found = MOMENT.fullmatch(moment)
    try:
        month, day, year = map(int, found.groups()[:3]) if found else (0, 0, 0)
        clock_time = time.fromisoformat(found[4] if found else "")
        return to_ms(datetime.combine(date(year, month, day), clock_time, NEW_YORK))
    except ValueError:
        detail = f"{date_field} and {time_field}, {moment!r}, are not MM/DD/YYYY and HH:MM:SS"
        raise _ItemError(Reason.BAD_TIME, detail) from None


def _price(texts: dict[str, str]) -> float | None:
    """Return the pause threshold price, ``None`` where there is none."""
    text = _text(texts, "PauseThresholdPrice")
    if not text:
        return None
    try:
        price = float(text)
    except ValueError:
        price = 0.0
    if not 0 < price < float("inf"):
        raise _ItemError(Reason.BAD_PRICE, f"PauseThresholdPrice {text!r} is not a price above 0")
    return price
