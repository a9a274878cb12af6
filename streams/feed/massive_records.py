"""Massive's stock events to records, each judged. PURE: no socket, no clock, no logging.

Volumes and sizes are the vendor's decimal strings where they are sent (``dv``, ``dav``, ``ds``), because the numbers
beside them are rounded; a string that is not a number is passed over.
"""

from collections.abc import Callable
from math import isfinite
from typing import Final, TypeVar

from schemas.records import Aggregate, LimitBand, Quote, Reason, Trade
from streams.feed.massive_events import BarEvent, LimitEvent, MinuteBar, QuoteEvent, SecondBar, TradeEvent

MINUTE_MS: Final = 60_000
MAX_INTERVAL_MS: Final = 24 * 60 * MINUTE_MS
FUTURE_MS: Final = 60_000
"""A live event may be ahead of its arrival by clocks that differ, not by more than this."""
TICKER_LENGTH: Final = 12
KNOWN_TICKERS: Final = 100_000
"""Tickers remembered as good ones; a bound, should a feed send nonsense."""
EARLIEST_MS: Final = 946_684_800_000
LATEST_MS: Final = 4_102_444_800_000
"""2000-2099: what is outside is not in ms, or not a time."""
MICROSECONDS_FROM: Final = 10**14
NANOSECONDS_FROM: Final = 10**17

Other = TypeVar("Other", float, float | None)
FeedRecord = Aggregate | Trade | Quote | LimitBand


class RefusedError(ValueError):
    """An element that cannot be used."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Take why, and a sentence for people."""
        super().__init__(detail)
        self.reason = reason


class MassiveRecords:
    """Makes the records of one feed, and remembers which tickers it has found to be good ones."""

    def __init__(self) -> None:
        """Know no ticker yet."""
        self._tickers: set[str] = set()
        self.makers: Final[dict[type, Callable[..., FeedRecord]]] = {
            SecondBar: self.bar,
            MinuteBar: self.bar,
            TradeEvent: self.trade,
            QuoteEvent: self.quote,
            LimitEvent: self.limit,
        }
        """What makes the record of each type of event.

        It takes the event, when it arrived, and the latest time that an event may have (ms), and raises
        ``RefusedError`` where the event cannot be used.
        """

    def bar(self, event: BarEvent, received_time: int, latest: int) -> Aggregate:
        """Return the record of a bar."""
        start, end = event.s, event.e
        volume = event.v if event.dv is None else _decimal(event.dv, event.v)
        if event.sym not in self._tickers:
            self._check_ticker(event.sym)
        if not (event.o > 0 and event.c > 0 and event.h > 0 and event.l > 0):
            raise RefusedError(Reason.BAD_PRICE, f"a price of {event.sym} is not above 0")
        if event.h < event.l:
            raise RefusedError(Reason.BAD_RANGE, f"high {event.h} of {event.sym} is below low {event.l}")
        if volume < 0:
            raise RefusedError(Reason.BAD_VOLUME, f"volume {volume} of {event.sym} is below 0")
        if not EARLIEST_MS <= start < end <= latest or end - start > MAX_INTERVAL_MS:
            self._refuse_time(start, end, latest)
        return Aggregate(
            ticker=event.sym,
            interval_ms=MINUTE_MS if type(event) is MinuteBar else end - start,
            start_time=start,
            open=event.o,
            high=event.h,
            low=event.l,
            close=event.c,
            volume=volume,
            volume_weighted_price=_sent(event.vw),
            average_size=event.z,
            vendor_day_volume=event.av if event.dav is None else _decimal(event.dav, event.av),
            vendor_open=_sent(event.op),
            vendor_vwap=_sent(event.a),
            otc=event.otc,
            received_time=received_time,
        )

    def trade(self, event: TradeEvent, received_time: int, latest: int) -> Trade:
        """Return the record of a print."""
        time = in_ms(event.t)
        size = event.s if event.ds is None else _decimal(event.ds, event.s)
        if event.sym not in self._tickers:
            self._check_ticker(event.sym)
        if not event.p > 0:
            raise RefusedError(Reason.BAD_PRICE, f"price {event.p} of {event.sym} is not above 0")
        if size < 0:
            raise RefusedError(Reason.BAD_VOLUME, f"size {size} of {event.sym} is below 0")
        if not EARLIEST_MS <= time <= latest:
            self._refuse_time(time, time, latest)
        return Trade(
            ticker=event.sym,
            price=event.p,
            size=size,
            trade_time=time,
            exchange=event.x,
            tape=event.z,
            trade_id=None if event.i is None else str(event.i),
            sequence=event.q,
            conditions=tuple(event.c or ()),
            received_time=received_time,
        )

    def quote(self, event: QuoteEvent, received_time: int, latest: int) -> Quote:
        """Return the record of a quote; a side whose price is 0 or left out is not quoted."""
        time = in_ms(event.t)
        bid, ask = event.bp or None, event.ap or None
        bid_size, ask_size = event.bs if bid else None, event.as_ if ask else None
        if event.sym not in self._tickers:
            self._check_ticker(event.sym)
        if (bid is not None and bid < 0) or (ask is not None and ask < 0):
            raise RefusedError(Reason.BAD_PRICE, f"a price of a quote of {event.sym} is below 0")
        if (bid_size or 0) < 0 or (ask_size or 0) < 0:
            raise RefusedError(Reason.BAD_VOLUME, f"a size of a quote of {event.sym} is below 0")
        if not EARLIEST_MS <= time <= latest:
            self._refuse_time(time, time, latest)
        return Quote(
            ticker=event.sym,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
            quote_time=time,
            bid_exchange=event.bx,
            ask_exchange=event.ax,
            conditions=(event.c,) if isinstance(event.c, int) else tuple(event.c or ()),
            tape=event.z,
            sequence=event.q,
            received_time=received_time,
        )

    def limit(self, event: LimitEvent, received_time: int, latest: int) -> LimitBand:
        """Return the record of price bands; a band of 0 was not sent."""
        time = in_ms(event.t)
        high, low = event.h or None, event.l or None
        if event.T not in self._tickers:
            self._check_ticker(event.T)
        if (high is not None and high < 0) or (low is not None and low < 0):
            raise RefusedError(Reason.BAD_PRICE, f"a band of {event.T} is below 0")
        if high is not None and low is not None and high < low:
            raise RefusedError(Reason.BAD_RANGE, f"the upper band {high} of {event.T} is below the lower {low}")
        if not EARLIEST_MS <= time <= latest:
            self._refuse_time(time, time, latest)
        return LimitBand(
            ticker=event.T,
            event_time=time,
            high_limit=high,
            low_limit=low,
            indicators=tuple(event.i or ()),
            tape=event.z,
            sequence=event.q,
            received_time=received_time,
        )

    def _check_ticker(self, ticker: str) -> None:
        """Remember a good ticker; refuse one that is not of 1-12 printable ASCII characters."""
        if not 1 <= len(ticker) <= TICKER_LENGTH or not all("!" <= character <= "~" for character in ticker):
            raise RefusedError(Reason.BAD_TICKER, f"the ticker {ticker!r} is not of 1-12 printable characters")
        if len(self._tickers) < KNOWN_TICKERS:
            self._tickers.add(ticker)

    def _refuse_time(self, start: int, end: int, latest: int) -> None:
        """Say what is wrong with a time."""
        if start < EARLIEST_MS or end > LATEST_MS:
            raise RefusedError(Reason.BAD_TIME, f"time {start} is not ms of 2000-2099")
        if end > latest:
            seconds = (end - latest + FUTURE_MS) / 1000
            raise RefusedError(Reason.FROM_THE_FUTURE, f"event time {end} is {seconds:g} s past its arrival")
        raise RefusedError(Reason.BAD_TIME, f"a bar from {start} to {end} is no bar")


def in_ms(time: int) -> int:
    """Return a time in ms, µs or ns since the epoch as ms: their magnitudes are centuries apart."""
    if time >= NANOSECONDS_FROM:
        return time // 1_000_000
    if time >= MICROSECONDS_FROM:
        return time // 1_000
    return time


def _sent(price: float | None) -> float | None:
    """Return a price, ``None`` where the vendor sends 0 for one that is not there."""
    return price if price is not None and price > 0 else None


def _decimal(text: str, otherwise: Other) -> float | Other:
    """Return the number in a decimal string, or what was sent beside it."""
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if isfinite(value) else otherwise
