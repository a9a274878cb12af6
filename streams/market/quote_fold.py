"""The fold of ``quotes``: decoded records of one partition, in the log's order, into its rows.

A row holds the ticker's newest quote by (time, place in the log): that is the same in whatever batches the log comes,
and wherever reading it begins again.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.bar_arrays import CLOCK, STOP_ROWS, Progress, day_index, move_clock
from streams.market.outcomes import BAD_TICKER, CLOCKED, FOLDED, OUTSIDE_SESSION, SKIPPED, UNDECODABLE
from streams.market.quote_state import QuoteRow, QuoteRows
from streams.market.ticker_index import FULL, Bytes, Integers, find_or_add, is_ticker

QUOTE: Final = 0
"""Kind of record, as the decoder numbers it; ``CLOCK`` is the other."""


class QuotePartition(NamedTuple):
    """The arrays a partition is made of; ``fold_quotes`` changes them in place."""

    rows: QuoteRows
    tickers: Bytes
    slots: Integers
    used: Integers
    """One element: the number of rows in use."""
    dirty: npt.NDArray[np.bool_]
    progress: npt.NDArray[np.void]
    """One element of ``fold.PROGRESS``; the window follows the clock, for no record is read twice."""


class QuoteBatch(NamedTuple):
    """Decoded records, in the log's order."""

    buffer: Bytes
    kinds: Integers
    offsets: Integers
    quotes: npt.NDArray[np.void]
    clocks: npt.NDArray[np.void]
    outcomes: npt.NDArray[np.uint8]


@compiled_in_place
def price_of(price: float) -> float:
    """Return a price, NaN where it is not a positive number; the feed lets no such price through."""
    return price if 0.0 < price < np.inf else np.nan


@compiled_in_place
def take_quote(row: QuoteRow, quote: np.record) -> None:
    """Take a quote into a row, both sides of it: one that is not quoted now is none."""
    row.quote_time = quote.quote_time
    row.bid = price_of(quote.bid)
    row.bid_size = quote.bid_size
    row.ask = price_of(quote.ask)
    row.ask_size = quote.ask_size


@compiled_in_place
def fold_quote(partition: QuotePartition, row: int, quote: np.record, offset: int, edges: Integers) -> int:
    """Fold a quote into its row, unless the row has it or a newer one; return the outcome."""
    progress = partition.progress[0]
    state = partition.rows[row]
    time = quote.quote_time
    day = day_index(edges, progress.day, time)
    if time < edges[day, 0] or time >= edges[day, 3]:
        return OUTSIDE_SESSION
    if time > progress.event_time:
        progress.event_time = time
        progress.day = day
    if offset < progress.resume_offset or offset <= state.offset or time < state.quote_time:
        return SKIPPED
    take_quote(state, quote)
    state.day_start = edges[day, 0]
    state.source = progress.source
    state.offset = offset
    partition.dirty[row] = True
    return FOLDED


@compiled_in_place
def fold_quote_clock(progress: Progress, event_time: int, edges: Integers) -> None:
    """Move the partition's clock, and the window with it."""
    if move_clock(progress, event_time, edges):
        progress.window = event_time


@compiled_in_place
def fold_quotes(partition: QuotePartition, batch: QuoteBatch, start: int, edges: Integers) -> int:
    """Fold the records from ``start`` on; return how many are done, or ``STOP_ROWS``.

    The caller then makes room, and calls again with ``progress.next_record``.
    """
    progress = partition.progress[0]
    for record in range(start, len(batch.kinds)):
        kind = batch.kinds[record]
        # What an earlier life of this state could not use, it has reported.
        is_told = batch.offsets[record] < progress.resume_offset
        outcome = SKIPPED if is_told else UNDECODABLE
        if kind == CLOCK:
            fold_quote_clock(progress, batch.clocks[record].event_time, edges)
            outcome = CLOCKED
        elif kind == QUOTE:
            quote = batch.quotes[record]
            progress.next_record = record
            outcome = SKIPPED if is_told else BAD_TICKER
            text, length = quote.ticker_start, quote.ticker_length
            if is_ticker(batch.buffer, text, length):
                row = find_or_add(partition.tickers, partition.slots, partition.used, batch.buffer, text, length)
                if row == FULL:
                    return STOP_ROWS
                outcome = fold_quote(partition, row, quote, batch.offsets[record], edges)
        batch.outcomes[record] = outcome
    return len(batch.kinds)
