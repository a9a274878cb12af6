"""Compiles or loads every kernel before a worker joins its group: later it would stop the event loop in a rebalance."""

import numpy as np

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder
from schemas.records import Aggregate, Clock, Reference, VolumeCurve
from streams.background import Background
from streams.log_batches import LogBatch, unpack
from streams.market.session import trading_days
from streams.partition_state import bar_state
from streams.view import board_parts, view_of

INTERVAL_MS = 60_000
EMPTY_RECORD = bytes([12, 0, 0, 0, 1, 1, 0])
"""A record of Kafka's format 2 without key, value and headers: length, attributes, time, offset, -1, -1, none."""


def warm_up() -> None:
    """Fold a bar twice and a clock, evaluate, rank, and put rows back, on throw-away state."""
    codec = Codec()
    decoder = ColumnarDecoder((Aggregate, Clock), codec.prefixes())
    day = trading_days()[-1]
    trading_date = day.date.isoformat()
    bar = Aggregate(
        ticker="A",
        interval_ms=INTERVAL_MS,
        start_time=day.open,
        open=1.0,
        high=1.0,
        low=1.0,
        close=1.0,
        volume=1.0,
        received_time=0,
    )
    values = [codec.encode(record) for record in (bar, bar, Clock(event_time=day.close, received_time=0))]
    unpack([LogBatch(0, 0, 0, 0, 0, 1, EMPTY_RECORD)])
    background = Background()
    background.put(Reference(ticker="A", trading_date=trading_date, prev_close=1.0, avg_volume=1.0))
    background.put(VolumeCurve(ticker="A", trading_date=trading_date, sample_days=1, seconds=(1,), volumes=(1.0,)))
    state = bar_state(INTERVAL_MS, "", background)
    state.fold(decoder, values, np.arange(len(values)))
    board_parts(view_of(state), "regular", 0)
    flush = state.changed()
    bar_state(INTERVAL_MS, "").load_items(list(zip(flush.keys, flush.values, strict=True)))


if __name__ == "__main__":
    warm_up()
