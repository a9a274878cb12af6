"""One record of every type: a full one and one with only what must be there."""

from typing import Final

from schemas.records import Aggregate, Clock, DeadLetter, LimitBand, Reason, Record, Reference, Trade, VolumeCurve

NOON: Final = 1_736_182_800_000
"""2025-01-06 12:00 New York, ms."""

RECORDS: Final[tuple[Record, ...]] = (
    Aggregate(
        ticker="BRK.B",
        interval_ms=1000,
        start_time=NOON,
        open=460.5,
        high=461.25,
        low=0.0001,
        close=461.0,
        volume=12.375,
        volume_weighted_price=460.75,
        transactions=3,
        average_size=4.125,
        vendor_day_volume=1e9,
        vendor_open=459.0,
        vendor_vwap=460.0,
        otc=True,
        received_time=NOON + 1250,
    ),
    Aggregate(
        ticker="NAN", interval_ms=60_000, start_time=0, open=1, high=1, low=1, close=1, volume=0, received_time=NOON
    ),
    Clock(event_time=NOON, received_time=NOON + 3),
    Trade(
        ticker="TRUE",
        price=0.00021,
        size=0.5,
        trade_time=NOON,
        exchange=4,
        tape=1,
        trade_id="52983525029461",
        sequence=2**40,
        conditions=(14, 37, 41),
        received_time=NOON + 20,
    ),
    Trade(ticker="A", price=1.0, size=100.0, trade_time=NOON, received_time=NOON),
    LimitBand(
        ticker="ABRpD",
        event_time=NOON,
        high_limit=11.5,
        low_limit=9.5,
        indicators=(21,),
        tape=3,
        sequence=7,
        received_time=NOON,
    ),
    LimitBand(ticker="A", event_time=NOON, received_time=NOON),
    Reference(ticker="NA", trading_date="2025-01-06", prev_close=243.36, avg_volume=46_251_744.0),
    Reference(ticker="NA", trading_date="2025-01-06"),
    VolumeCurve(
        ticker="AAPL", trading_date="2025-01-06", sample_days=10, seconds=(60, 120, 57_600), volumes=(0.5, 10.0, 1e9)
    ),
    VolumeCurve(ticker="AAPL", trading_date="2025-01-06", sample_days=0, seconds=(), volumes=()),
    DeadLetter(
        reason=Reason.MALFORMED_LINE,
        detail="line 3: “five” is no price",
        source="bars.csv",
        partition=31,
        position=3,
        payload=b"\x00\xc3\x01\xff",
        received_time=NOON,
    ),
    DeadLetter(reason=Reason.UNDECODABLE, detail="", source="aggregates", payload=b"", received_time=NOON),
)
