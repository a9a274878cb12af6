"""Typed records, one for each Avro schema in ``schemas/avro``; fields, order and defaults are the schema's."""

from enum import StrEnum

import msgspec


class Reason(StrEnum):
    """Why a record went to ``dead_letters``."""

    NOT_JSON = "not_json"
    UNKNOWN_EVENT = "unknown_event"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_TICKER = "bad_ticker"
    BAD_PRICE = "bad_price"
    BAD_VOLUME = "bad_volume"
    BAD_RANGE = "bad_range"
    BAD_TIME = "bad_time"
    FROM_THE_FUTURE = "from_the_future"
    MALFORMED_LINE = "malformed_line"
    UNDECODABLE = "undecodable"
    TOO_LATE = "too_late"


class Aggregate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One bar as received: prices in dollars, volumes in shares, times in ms since the epoch (UTC)."""

    ticker: str
    interval_ms: int
    start_time: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    volume_weighted_price: float | None = None
    transactions: int | None = None
    average_size: float | None = None
    vendor_day_volume: float | None = None
    vendor_open: float | None = None
    vendor_vwap: float | None = None
    otc: bool = False
    received_time: int


class Clock(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All records of the feed with an event time up to and including ``event_time`` come before this one."""

    event_time: int
    received_time: int


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One print as received."""

    ticker: str
    price: float
    size: float
    trade_time: int
    exchange: int | None = None
    tape: int | None = None
    trade_id: str | None = None
    sequence: int | None = None
    conditions: tuple[int, ...] = ()
    received_time: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The best bid and offer over all exchanges as received; a side that is ``None`` is not quoted."""

    ticker: str
    bid: float | None = None
    bid_size: float | None = None
    ask: float | None = None
    ask_size: float | None = None
    quote_time: int
    bid_exchange: int | None = None
    ask_exchange: int | None = None
    conditions: tuple[int, ...] = ()
    tape: int | None = None
    sequence: int | None = None
    received_time: int


class LimitBand(msgspec.Struct, frozen=True, kw_only=True):
    """A limit-up limit-down message."""

    ticker: str
    event_time: int
    high_limit: float | None = None
    low_limit: float | None = None
    indicators: tuple[int, ...] = ()
    tape: int | None = None
    sequence: int | None = None
    received_time: int


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a ticker before a trading date; prices in dollars, adjusted for splits up to that date."""

    ticker: str
    trading_date: str
    prev_close: float | None = None
    avg_volume: float | None = None
    average_days: int | None = None
    median_volume: float | None = None
    avg_volume_30d: float | None = None
    median_volume_30d: float | None = None
    prev_open: float | None = None
    prev_high: float | None = None
    prev_low: float | None = None
    prev_volume: float | None = None
    prev_vwap: float | None = None
    atr: float | None = None
    float_shares: float | None = None
    shares_outstanding: float | None = None
    market_cap: float | None = None
    short_interest: float | None = None
    split_ratio: float | None = None
    limit_tier: int | None = None
    name: str | None = None
    sector: str | None = None
    exchange: str | None = None
    kind: str | None = None
    highs: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()


class TradeCondition(msgspec.Struct, frozen=True, kw_only=True):
    """What a trade with this condition may change, by the consolidated rules of the tapes."""

    condition: int
    name: str
    updates_high_low: bool
    updates_last: bool
    updates_volume: bool


class Halt(msgspec.Struct, frozen=True, kw_only=True):
    """A trading halt as an exchange's public feed lists it; a later record of (ticker, halt_time) replaces it."""

    ticker: str
    event_time: int
    halt_time: int
    reason: str
    market: str | None = None
    name: str | None = None
    pause_price: float | None = None
    quote_time: int | None = None
    trade_time: int | None = None
    received_time: int


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened to a ticker: what, to whom, when, and by what measure."""

    id: str
    kind: str
    ticker: str
    event_time: int
    session: str
    price: float | None = None
    level: float | None = None
    value: float | None = None
    count: int | None = None
    quality_days: int | None = None
    note: str = ""


class VolumeCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Mean cumulative volume by time of day, a step function: ``volumes[i]`` holds from ``seconds[i]`` after 04:00."""

    ticker: str
    trading_date: str
    sample_days: int
    seconds: tuple[int, ...]
    volumes: tuple[float, ...]


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A record that could not be used: the original bytes, where from, why."""

    reason: str
    detail: str
    source: str
    partition: int | None = None
    position: int | None = None
    payload: bytes
    received_time: int


Record = (
    Aggregate | Clock | Trade | Quote | LimitBand | Halt | Reference | VolumeCurve | TradeCondition | Alert | DeadLetter
)
