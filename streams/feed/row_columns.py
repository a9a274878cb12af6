"""Rows of a file to ``Columns`` in the order of publishing: sorted by (time, ticker), each bar once."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas import clock
from schemas.columnar import NO_INTEGER
from schemas.records import Aggregate, Trade
from streams.feed.columnar_encoder import encode_integers
from streams.feed.columns import Columns, Texts, join_texts

NOT_IN_FILES: Final = ("volume_weighted_price", "average_size", "vendor_day_volume", "vendor_open", "vendor_vwap")


def bar_columns(bars: pl.DataFrame, interval_ms: int) -> tuple[Columns, int]:
    """Return bars (see ``bar_rows``) sorted by (start, ticker), and how many a later line of the files replaced."""
    tickers, codes = _codes(bars["ticker"])
    starts = bars["start_time"].to_numpy()
    order = _order(starts, codes, len(tickers))
    newest = np.ones(len(order), np.bool_)
    newest[:-1] = (np.diff(starts[order]) != 0) | (np.diff(codes[order]) != 0)
    kept = order[newest]
    starts, codes = starts[kept], codes[kept]
    values = {name: bars[name].to_numpy()[kept] for name in ("open", "high", "low", "close", "volume")}
    integers = {"transactions": _integers(bars["transactions"])[kept], "start_time": starts}
    constants: dict[str, float] = {"interval_ms": interval_ms, "otc": 0, "received_time": clock.now_ms()}
    constants |= dict.fromkeys(NOT_IN_FILES, np.nan)
    buffer, places, lengths = join_texts(tickers)
    texts = {"ticker": Texts(places[codes], lengths[codes])}
    columns = Columns(Aggregate, tickers, codes, {**values, **integers, **constants}, texts, buffer)
    return columns, len(order) - len(kept)


def trade_columns(trades: pl.DataFrame) -> tuple[Columns, int]:
    """Return trades (see ``trade_rows``) sorted by (time, ticker); none replaces another."""
    tickers, codes = _codes(trades["ticker"])
    order = _order(trades["time_ns"].to_numpy(), codes, len(tickers))
    sorted_trades = trades[order]
    codes = codes[order]
    times = sorted_trades["trade_time"].to_numpy()
    values = {name: sorted_trades[name].to_numpy() for name in ("price", "size")}
    integers = {name: _integers(sorted_trades[name]) for name in ("exchange", "tape", "sequence")}
    texts, buffer = _trade_texts(sorted_trades, tickers, codes)
    times_and_constants: dict[str, Any] = {"trade_time": times, "received_time": clock.now_ms()}
    return Columns(Trade, tickers, codes, {**values, **integers, **times_and_constants}, texts, buffer), 0


def _trade_texts(
    trades: pl.DataFrame, tickers: list[str], codes: npt.NDArray[np.int64]
) -> tuple[dict[str, Texts], npt.NDArray[np.uint8]]:
    """Return the texts of trades (ticker, id, conditions as encoded integers) and the buffer that holds them all."""
    conditions, condition_codes = _codes(trades["conditions"].fill_null(""))
    lists = [condition_ids(text) for text in conditions]
    encoded = [encode_integers(ids) for ids in lists]
    names, name_starts, name_lengths = join_texts(tickers)
    ids, id_starts, id_lengths = join_texts(trades["trade_id"].to_list())
    condition_starts = np.cumsum([0, *map(len, encoded)])[:-1] + len(names) + len(ids)
    texts = {
        "ticker": Texts(name_starts[codes], name_lengths[codes]),
        "trade_id": Texts(id_starts + len(names), id_lengths),
        "conditions": Texts(
            condition_starts[condition_codes], np.array([len(ids) for ids in lists], np.int64)[condition_codes]
        ),
    }
    buffer = np.concatenate([names, ids, np.frombuffer(b"".join(encoded), np.uint8)])
    return texts, buffer


def condition_ids(text: str) -> list[int]:
    """Return the ids in a text such as ``12,37``; what is not a number has no id and is left out."""
    return [int(part) for part in text.replace(" ", ",").split(",") if part.isdecimal()]


def _codes(texts: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the distinct texts in code-point order, and which of them each row has."""
    distinct = texts.unique().sort()
    codes = texts.cast(pl.Enum(distinct)).to_physical().to_numpy().astype(np.int64)
    return distinct.to_list(), codes


def _order(times: npt.NDArray[np.int64], codes: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Return the order by (time, code); rows equal in both keep theirs."""
    _, places = np.unique(times, return_inverse=True)
    return np.argsort(places * count + codes, kind="stable")


def _integers(values: pl.Series) -> npt.NDArray[np.int64]:
    """Return integers with ``NO_INTEGER`` for null."""
    return values.cast(pl.Int64).fill_null(NO_INTEGER).to_numpy()
