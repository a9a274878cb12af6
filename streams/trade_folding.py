"""Folds trades into the table of prints, and keeps the last ones of each ticker in its changelog."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from streams.background import Background
from streams.folding import Decoded, Extras, Older
from streams.known_columns import KnownColumns
from streams.market.events import Events
from streams.market.known import Known
from streams.market.session import edges
from streams.market.trade_arrays import TradeBatch, TradeKnown, TradePartition
from streams.market.trade_chunks import Chunks, give_back_chunks, is_chunk, put_all_chunks, take_chunks
from streams.market.trade_conditions import Rules
from streams.market.trade_partition import (
    fold_all_trades,
    new_trade_partition,
    with_more_trade_rows,
    without_recent,
)
from streams.market.trade_state import TRADE_ROW, TRADE_VERSION


class TradeFolding:
    """Records Trade and Clock, into ``streams.market.trade_state``."""

    def __init__(self, background: Background, rules: Rules) -> None:
        """Take what is known beforehand, and what trades may change, which is read at each trade."""
        self.version = TRADE_VERSION
        self.row = TRADE_ROW
        self.older: Older = {}
        self._rules = rules
        self._known = KnownColumns(background, with_more_trade_rows, with_curves=False)
        self._day_start = 0

    def new(self, source: int) -> TradePartition:
        """Return the columns of a partition that nothing was folded into."""
        return new_trade_partition(source)

    def _known_of(self, columns: TradePartition, day_start: int) -> tuple[TradePartition, TradeKnown]:
        columns, known = self._known.of(columns, day_start)
        return columns, TradeKnown(known.day_start, known.facts["atr"])

    def fold(self, columns: TradePartition, batch: Decoded) -> tuple[TradePartition, list[Events]]:
        """Fold a batch."""
        trades, clocks = batch.tables
        decoded = TradeBatch(batch.messages.buffer, batch.kinds, batch.offsets, trades, clocks, batch.outcomes)
        columns, known = self._known_of(columns, self._day_start)
        columns, known, events = fold_all_trades(columns, decoded, edges(), self._rules, known, self._known_of)
        self._day_start = known.day_start
        return columns, events

    def known(self, columns: TradePartition, day_start: int) -> tuple[TradePartition, Known]:
        """Return what is known for the trading date that starts at a time (ms), by row, and the columns."""
        return self._known.of(columns, day_start)

    def grow(self, columns: TradePartition) -> TradePartition:
        """Return the columns with room for twice the rows."""
        return with_more_trade_rows(columns)

    def without_recent(self, columns: TradePartition) -> TradePartition:
        """Return the columns without the last seconds."""
        return without_recent(columns)

    def take_extras(self, columns: TradePartition, rows: npt.NDArray[np.int64]) -> Extras:
        """Return the chunks of the last trades that changed."""
        chunks = take_chunks(columns, rows)
        return Extras(chunks.keys, chunks.values, chunks)

    def give_back(self, columns: TradePartition, extras: Extras) -> None:
        """Take back that the changelog holds them."""
        give_back_chunks(columns, cast("Chunks", extras.taken))

    def is_extra(self, key: bytes) -> bool:
        """Return whether a key is that of a chunk."""
        return is_chunk(key)

    def put_extras(self, columns: TradePartition, keys: Sequence[bytes], values: Sequence[bytes]) -> TradePartition:
        """Put chunks back."""
        return put_all_chunks(columns, keys, values) if keys else columns
