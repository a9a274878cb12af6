"""Compiles or loads every kernel before a worker joins its group: later it would stop the event loop in a rebalance."""

import numpy as np

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder
from schemas.records import Aggregate, Clock, Halt, LimitBand, Quote, Record, Reference, Trade, VolumeCurve
from streams.background import Background
from streams.halt_folding import HaltFolding
from streams.log_batches import LogBatch, unpack
from streams.market.session import trading_days
from streams.market.trade_conditions import default_rules
from streams.partition_state import PartitionState, bar_state
from streams.quote_folding import QuoteFolding
from streams.topics import AGGREGATES, HALTS, QUOTES, TRADES, Topic
from streams.trade_folding import TradeFolding
from streams.view import States, board_parts, view_of

INTERVAL_MS = 60_000
EMPTY_RECORD = bytes([12, 0, 0, 0, 1, 1, 0])
"""A record of Kafka's format 2 without key, value and headers: length, attributes, time, offset, -1, -1, none."""


def warm_up() -> None:
    """Fold some records of each topic, evaluate, rank, and put rows back, on throw-away state."""
    codec = Codec()
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
    trade = Trade(ticker="A", price=1.0, size=1.0, trade_time=day.open, conditions=(12, 37), received_time=0)
    quote = Quote(ticker="A", bid=1.0, ask=1.0, quote_time=day.open, received_time=0)
    band = LimitBand(ticker="A", event_time=day.open, high_limit=2.0, indicators=(17,), received_time=0)
    halt = Halt(ticker="A", event_time=day.open, halt_time=day.open, reason="T1", received_time=0)
    clock = Clock(event_time=day.close, received_time=0)
    unpack([LogBatch(0, 0, 0, 0, 0, 1, EMPTY_RECORD)])
    background = Background()
    background.put(Reference(ticker="A", trading_date=trading_date, prev_close=1.0, atr=1.0))
    background.put(VolumeCurve(ticker="A", trading_date=trading_date, sample_days=1, seconds=(1,), volumes=(1.0,)))

    def new_states() -> States:
        trades = PartitionState(TradeFolding(background, default_rules()), 1)
        halts, quotes = PartitionState(HaltFolding(), 1), PartitionState(QuoteFolding(), 1)
        return States(bar_state(INTERVAL_MS, "", background), trades, halts, quotes)

    states, again = new_states(), new_states()
    topics: tuple[tuple[Topic, tuple[Record, ...]], ...] = (
        (AGGREGATES, (bar, bar)),
        (TRADES, (trade, trade)),
        (HALTS, (band, halt)),
        (QUOTES, (quote, quote)),
    )
    for state, other, (topic, records) in zip(states, again, topics, strict=True):
        if state is not None and other is not None:
            decoder = ColumnarDecoder(topic.records, codec.prefixes())
            values = [codec.encode(record) for record in (*records, clock)]
            state.fold(decoder, values, np.arange(len(values)))
            flush = state.changed()
            other.load_items(list(zip(flush.keys, flush.values, strict=True)))
    board_parts(view_of(states), "regular", 0)


if __name__ == "__main__":
    warm_up()
