"""Bars made from a file of trades, as if it had been a file of bars."""

from dataclasses import replace
from typing import Final

import polars as pl

from streams.feed.flat_file import FlatFile
from streams.feed.input_error import InputError
from streams.feed.row_columns import bar_columns, condition_ids
from streams.market.session import edges
from streams.market.trade_bars import bars_of_trades
from streams.market.trade_conditions import default_rules

SECOND_MS: Final = 1000


def bars_of_file(file: FlatFile, bar_seconds: int | None, *, to_the_end: bool) -> FlatFile:
    """Return the bars that a file's trades make, of one second unless told; raise ``InputError`` where it has none.

    What trades with a condition may change goes by the built-in table (``trade_conditions``). Bars that have not ended
    at the file's instant do not count, unless ``to_the_end``: then the instant is the end of the last one.
    """
    interval = (bar_seconds or 1) * SECOND_MS
    trades = file.trades
    if trades is None or trades.is_empty():
        message = "the files hold no trade that counts, so there is no bar"
        raise InputError(message)
    texts = trades["conditions"].fill_null("").to_list()
    lists = {text: condition_ids(text) for text in set(texts)}
    conditions = pl.Series("conditions", [lists[text] for text in texts], pl.List(pl.Int64))
    made = bars_of_trades(trades.with_columns(conditions), interval, default_rules(), edges()).frame
    as_of = -(-file.as_of // interval) * interval if to_the_end else file.as_of
    ended = made.filter(pl.col("start") + interval <= as_of).rename({"start": "start_time"})
    columns, _ = bar_columns(ended, interval)
    return replace(file, interval_ms=interval, columns=columns, as_of=as_of, rejects=[], trades=None)
