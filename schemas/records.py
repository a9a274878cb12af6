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
    """What is known of a ticker before a trading date begins."""

    ticker: str
    trading_date: str
    prev_close: float | None = None
    avg_volume: float | None = None


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


Record = Aggregate | Clock | Trade | LimitBand | Reference | VolumeCurve | DeadLetter
