"""The vendor's stock messages as it writes them: field names, order, units, and what is left out when unknown."""

from typing import Final, Literal

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import UNSET, UnsetType

from streams.feed.market_bands import Bands
from streams.feed.market_columns import Bars
from streams.feed.market_model import Market
from streams.feed.market_quotes import Quotes
from streams.feed.market_trades import Trades

Number = int | float
ENCODER: Final = msgspec.json.Encoder()


class AggregateMessage(msgspec.Struct, gc=False):
    """A bar of a second (``A``) or a minute (``AM``): times in ms, ``dv`` and ``dav`` exact volumes as text."""

    ev: Literal["A", "AM"]
    sym: str
    v: Number
    av: Number
    op: float | UnsetType
    vw: float
    o: float
    c: float
    h: float
    l: float  # noqa: E741 - the vendor's name
    a: float
    z: int
    s: int
    e: int
    otc: bool | UnsetType
    dv: str
    dav: str


class TradeMessage(msgspec.Struct, gc=False):
    """A print: ``t`` in ms; ``ds`` the exact size as text where parts of shares changed hands."""

    ev: Literal["T"]
    sym: str
    x: int
    i: str
    z: int
    p: float
    s: Number
    ds: str | UnsetType
    c: list[int] | UnsetType
    t: int
    q: int


class QuoteMessage(msgspec.Struct, gc=False):
    """The best bid and offer: ``t`` in ms, a price of 0 where that side is not quoted."""

    ev: Literal["Q"]
    sym: str
    bx: int
    bp: float
    bs: int
    ax: int
    ap: float
    as_: int = msgspec.field(name="as")
    c: int
    z: int
    t: int
    q: int


class LimitMessage(msgspec.Struct, gc=False):
    """Limit-up limit-down: the symbol is in ``T``, ``t`` in ns; indicator 17 is a pause, 18 its end."""

    ev: Literal["LULD"]
    T: str
    h: float
    l: float  # noqa: E741 - the vendor's name
    i: list[int]
    z: int
    t: int
    q: int


class StatusMessage(msgspec.Struct):
    """What the server says about the connection."""

    ev: Literal["status"]
    status: str
    message: str


Message = AggregateMessage | TradeMessage | QuoteMessage | LimitMessage


def aggregate_messages(event: Literal["A", "AM"], market: Market, bars: Bars) -> list[AggregateMessage]:
    """Return bars of a market as messages, in their order."""
    volumes, days = _numbers(bars.volume), _numbers(bars.accumulated_volume)
    return list(
        map(
            AggregateMessage,
            [event] * len(bars),
            market.names[bars.ticker].tolist(),
            volumes,
            days,
            _known(bars.official_open),
            bars.vwap.tolist(),
            bars.open.tolist(),
            bars.close.tolist(),
            bars.high.tolist(),
            bars.low.tolist(),
            bars.day_vwap.tolist(),
            bars.average_size.astype(np.int64).tolist(),
            bars.start.tolist(),
            bars.end.tolist(),
            [True if one else UNSET for one in market.otc[bars.ticker].tolist()],
            [_decimal(volume) for volume in volumes],
            [_decimal(volume) for volume in days],
        )
    )


def trade_messages(names: npt.NDArray[np.object_], tapes: npt.NDArray[np.int64], trades: Trades) -> list[TradeMessage]:
    """Return trades as messages, in their order."""
    sizes = _numbers(trades.size)
    return list(
        map(
            TradeMessage,
            ["T"] * len(sizes),
            names[trades.ticker].tolist(),
            trades.exchange.tolist(),
            [str(sequence) for sequence in trades.sequence.tolist()],
            tapes[trades.ticker].tolist(),
            trades.price.tolist(),
            sizes,
            [UNSET if isinstance(size, int) else _decimal(size) for size in sizes],
            [_conditions(pair) for pair in trades.conditions.tolist()],
            trades.time.tolist(),
            trades.sequence.tolist(),
        )
    )


def quote_messages(names: npt.NDArray[np.object_], tapes: npt.NDArray[np.int64], quotes: Quotes) -> list[QuoteMessage]:
    """Return quotes as messages, in their order."""
    return list(
        map(
            QuoteMessage,
            ["Q"] * len(quotes),
            names[quotes.ticker].tolist(),
            quotes.bid_exchange.tolist(),
            quotes.bid.tolist(),
            quotes.bid_size.tolist(),
            quotes.ask_exchange.tolist(),
            quotes.ask.tolist(),
            quotes.ask_size.tolist(),
            [0] * len(quotes),
            tapes[quotes.ticker].tolist(),
            quotes.time.tolist(),
            quotes.sequence.tolist(),
        )
    )


def limit_messages(names: npt.NDArray[np.object_], tapes: npt.NDArray[np.int64], bands: Bands) -> list[LimitMessage]:
    """Return bands, pauses and resumptions as messages, in their order."""
    return list(
        map(
            LimitMessage,
            ["LULD"] * len(bands.ticker),
            names[bands.ticker].tolist(),
            bands.high.tolist(),
            bands.low.tolist(),
            [[indicator] for indicator in bands.indicator.tolist()],
            tapes[bands.ticker].tolist(),
            bands.time_ns.tolist(),
            bands.sequence.tolist(),
        )
    )


def status_frame(*statuses: tuple[str, str]) -> bytes:
    """Return one frame of (status, message) pairs."""
    return ENCODER.encode([StatusMessage("status", status, message) for status, message in statuses])


def frames(messages: list[Message], most: int) -> list[bytes]:
    """Return messages as frames (JSON arrays) of at most ``most`` each."""
    return [ENCODER.encode(messages[first : first + most]) for first in range(0, len(messages), most)]


def _numbers(values: npt.NDArray[np.float64]) -> list[Number]:
    """Return whole numbers as integers and the others as they are."""
    whole = values.astype(np.int64)
    numbers: list[Number] = whole.tolist()
    for row in np.flatnonzero(whole != values).tolist():
        numbers[row] = float(values[row])
    return numbers


def _known(values: npt.NDArray[np.float64]) -> list[float | UnsetType]:
    known: list[float | UnsetType] = values.tolist()
    for row in np.flatnonzero(np.isnan(values)).tolist():
        known[row] = UNSET
    return known


def _decimal(number: Number) -> str:
    return f"{number}.0" if isinstance(number, int) else str(number)


def _conditions(pair: list[int]) -> list[int] | UnsetType:
    return [condition for condition in pair if condition >= 0] or UNSET
