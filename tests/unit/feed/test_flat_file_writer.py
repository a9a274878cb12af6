"""Flat files of the synthetic market: the vendor's columns and order, and the same numbers as the market's own."""

import gzip
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest

from streams.feed.flat_file_writer import check_bar_seconds, write_bars, write_reference, write_trades
from streams.feed.market_background import references
from streams.feed.market_model import Market, added_up
from streams.feed.reference_file import read_reference_file

UNTIL = 345
BAR_TYPES = {"ticker": pl.String, "volume": pl.Float64, "window_start": pl.Int64, "transactions": pl.Int64}


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a market of 80 tickers."""
    return Market(9, date(2026, 11, 20), 80)


def read(path: Path) -> pl.DataFrame:
    """Return a bar file as a table."""
    return pl.read_csv(path, schema_overrides=BAR_TYPES)


def test_minute_bars_have_the_vendors_columns_and_order(market: Market, tmp_path: Path) -> None:
    """Header, sorting by start and ticker, and the numbers of the market's bars as finally corrected."""
    path = tmp_path / "day.csv"
    rows = write_bars(market, path, 60, UNTIL)
    frame = read(path)

    assert path.read_text().splitlines()[0] == "ticker,volume,open,close,high,low,window_start,transactions"
    assert len(frame) == rows
    assert frame.equals(frame.sort("window_start", "ticker"))
    assert frame.select("ticker", "window_start").is_unique().all()
    part = frame.filter(pl.col("window_start") == market.day.open * 1_000_000)
    raw = added_up(market.raw_bars(330, corrected=True), 60)
    assert part["ticker"].to_list() == [market.symbols[ticker] for ticker in raw["ticker"]]
    for name in ("open", "close", "high", "low", "volume"):
        assert part[name].to_list() == (raw[name] / 10_000).tolist()
    assert part["transactions"].to_list() == raw["transactions"].tolist()


def test_awkward_tickers_survive(market: Market, tmp_path: Path) -> None:
    """``NA``, ``TRUE``, ``NAN`` and their kin are written as they are, without quotes."""
    path = tmp_path / "day.csv"
    write_bars(market, path, 300)
    tickers = {line.split(",")[0] for line in path.read_text().splitlines()[1:]}

    assert tickers <= set(market.symbols)
    assert tickers & {"NA", "NAN", "TRUE", "NULL", "INF", "FALSE"}


@pytest.mark.parametrize("seconds", [1, 30, 300, 900])
def test_bars_of_any_length_add_up(market: Market, tmp_path: Path, seconds: int) -> None:
    """Longer bars are the minute's bars added up, and shorter ones add up to them."""
    minutes, others = tmp_path / "minutes.csv", tmp_path / "others.csv"
    write_bars(market, minutes, 60, UNTIL)
    write_bars(market, others, seconds, UNTIL)
    length = max(seconds, 60) * 1_000_000_000

    def summed(path: Path) -> pl.DataFrame:
        frame = read(path).with_columns(window_start=pl.col("window_start") // length * length)
        return frame.group_by("window_start", "ticker", maintain_order=True).agg(
            (pl.col("volume") * 10_000).round().sum(),
            pl.col("open").first(),
            pl.col("close").last(),
            pl.col("high").max(),
            pl.col("low").min(),
            pl.col("transactions").sum(),
        )

    assert read(others).equals(read(others).sort("window_start", "ticker"))
    assert summed(minutes).sort("window_start", "ticker").equals(summed(others).sort("window_start", "ticker"))


def test_packed_files_hold_the_same_and_are_the_same_each_time(market: Market, tmp_path: Path) -> None:
    """``.csv.gz`` is the ``.csv`` packed, byte for byte equal on a second writing."""
    for name in ("one.csv", "one.csv.gz", "two.csv.gz"):
        write_bars(market, tmp_path / name, 60, 30)

    assert gzip.decompress((tmp_path / "one.csv.gz").read_bytes()) == (tmp_path / "one.csv").read_bytes()
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()


def test_progress_is_told(market: Market, tmp_path: Path) -> None:
    """The callback counts the minutes done up to all of them."""
    told: list[tuple[int, int]] = []
    write_bars(market, tmp_path / "day.csv", 300, 20, lambda done, total: told.append((done, total)))

    assert told == [(5, 20), (10, 20), (15, 20), (20, 20)]


def test_trades_have_the_vendors_columns(market: Market, tmp_path: Path) -> None:
    """Sorted by time, with exact sizes, conditions quoted where there are two."""
    path = tmp_path / "trades.csv.gz"
    rows = write_trades(market, path, 20)
    frame = pl.read_csv(path, schema_overrides={"ticker": pl.String, "size": pl.Float64, "conditions": pl.String})
    expected = [market.trades(minute) for minute in range(20)]

    assert len(frame) == rows == sum(map(len, expected))
    assert frame["sip_timestamp"].is_sorted()
    assert frame["price"].to_list() == np.concatenate([trades.price for trades in expected]).tolist()
    assert frame["size"].to_list() == np.concatenate([trades.size for trades in expected]).tolist()
    assert set(frame["conditions"].drop_nulls()) <= {"12", "12,37"}


def test_the_reference_reads_back(market: Market, tmp_path: Path) -> None:
    """Ticker, previous close and average volume first, then every other number and name: what the market says."""
    path = tmp_path / "reference.csv"
    count = write_reference(market, path)
    header = path.read_text().splitlines()[0].split(",")
    expected = [msgspec.structs.replace(record, highs=(), lows=()) for record in references(market)]

    assert header[:4] == ["ticker", "prev_close", "avg_volume", "average_days"]
    assert {"atr", "float_shares", "limit_tier", "sector"} <= set(header)
    assert read_reference_file(path, market.day.date).records == expected
    assert len(expected) == count == len(market.reference().ticker)


@pytest.mark.parametrize("seconds", [0, -60, 7, 90, 3600, 5000])
def test_a_length_that_does_not_fit_is_refused(seconds: int) -> None:
    """Bars must fill a minute or the time from 04:00 to the open."""
    with pytest.raises(ValueError, match=f"bars of {seconds} s"):
        check_bar_seconds(seconds)
