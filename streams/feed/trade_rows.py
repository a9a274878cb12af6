"""Files of trades to rows: the columns of Massive's trades flat files that a ``Trade`` has."""

from typing import Final

import polars as pl

from streams.feed import row_checks as checks
from streams.feed.bar_rows import NS_PER_MS, Rows
from streams.feed.row_checks import number
from streams.feed.text_table import TextTable

REQUIRED: Final = ("ticker", "price", "size", "sip_timestamp")
OPTIONAL: Final = ("conditions", "exchange", "id", "sequence_number", "tape")
INTEGERS: Final = ("exchange", "sequence_number", "tape")


def is_trades(header: list[str]) -> bool:
    """Tell a file of trades by its columns."""
    return "price" in header and "sip_timestamp" in header


def trade_rows(table: TextTable) -> Rows:
    """Return the possible trades of a table that has the columns.

    The frame has ``ticker``, ``time_ns`` and ``trade_time`` (the SIP's, in ns and ms), ``price``, ``size``,
    ``exchange``, ``tape``, ``sequence`` (integers or null), ``trade_id`` and ``conditions`` (text or null) and
    ``line``.
    """
    absent = [name for name in OPTIONAL if name not in table.frame.columns]
    frame = table.frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    frame = frame.with_columns(*checks.as_floats("price", "size"), *checks.as_integers("sip_timestamp", *INTEGERS))
    rules = [
        *checks.presence(*REQUIRED),
        checks.good_ticker(frame),
        *checks.numeric("price", "size", "sip_timestamp"),
        *checks.optional_numeric(*INTEGERS),
        *checks.positive_prices("price"),
        checks.no_negative("size"),
        checks.plausible_time("sip_timestamp"),
    ]
    good, rejects = checks.refuse(table, frame, rules)
    trades = good.select(
        "ticker",
        (pl.col(number("sip_timestamp")) // NS_PER_MS).alias("trade_time"),
        pl.col(number("sip_timestamp")).alias("time_ns"),
        pl.col(number("price")).alias("price"),
        pl.col(number("size")).alias("size"),
        pl.col(number("exchange")).alias("exchange"),
        pl.col(number("tape")).alias("tape"),
        pl.col(number("sequence_number")).alias("sequence"),
        pl.col("id").alias("trade_id"),
        "conditions",
        "line",
    )
    return Rows(table.source, trades, table.rejects + rejects, len(table.frame) + len(table.rejects))
