"""What real daily bars of the whole market say before 2025-01-06: previous closes, means, splits of the morning."""

import datetime as dt
from typing import Final

import polars as pl

from streams.feed.daily_bars import DAILY
from streams.feed.daily_measures import measures
from streams.feed.splits import SPLITS, no_splits
from streams.market.session import trading_day_of
from tests.support.shared_data import shared_data

DAY: Final = trading_day_of(dt.date(2025, 1, 6))


def test_a_reverse_split_of_the_morning_leads_no_gappers() -> None:
    """CMCT, IDAI and RGF on 2025-01-06: first of all without their splits, and far from it with them.

    The ratios are not in the data: the whole numbers nearest to open over previous close (10.3, 13.2, 11.1) stand for
    the published ones.
    """
    path = shared_data("daily/alpaca_daily_2024-10-01_2025-01-06.parquet")
    recent = pl.scan_parquet(path).filter(pl.col("date") >= dt.date(2024, 12, 30)).collect()
    today = recent.filter(pl.col("date") == DAY.date).select("ticker", "open")
    ratios = {"CMCT": 1 / 10, "IDAI": 1 / 13, "RGF": 1 / 11}
    rows = [(ticker, DAY.date, ratio) for ticker, ratio in ratios.items()]
    reverse = pl.DataFrame(rows, schema=SPLITS, orient="row")

    def gappers(known: pl.DataFrame) -> list[str]:
        table = today.join(measures(recent.select(*DAILY), known, DAY), on="ticker")
        gap = (pl.col("open") / pl.col("prev_close") - 1).alias("gap")
        return table.select("ticker", gap).drop_nulls().sort("gap", descending=True)["ticker"].to_list()

    assert set(ratios) <= set(gappers(no_splits())[:5])
    assert not set(ratios) & set(gappers(reverse)[:100])


def test_the_whole_market() -> None:
    """Previous closes equal those computed apart, and the means are over 10 full sessions of 2024-12 and 2025-01."""
    path = shared_data("daily/alpaca_daily_2024-10-01_2025-01-06.parquet")
    recent = pl.scan_parquet(path).filter(pl.col("date") >= dt.date(2024, 12, 16)).select(*DAILY).collect()
    known = measures(recent, no_splits(), DAY)
    expected = pl.read_csv(
        shared_data("daily/avg30_prevclose_for_2025-01-06.csv.gz"), schema_overrides={"ticker": pl.String}
    )
    joined = expected.join(known, on="ticker", how="left", suffix="_ours")
    volumes = recent.filter(
        pl.col("ticker") == "SPY", pl.col("date") != dt.date(2024, 12, 24), pl.col("date") < DAY.date
    )

    assert joined.filter(pl.col("prev_close").ne_missing(pl.col("prev_close_ours"))).is_empty()
    assert known.filter(pl.col("ticker") == "SPY")["avg_volume"].to_list() == [volumes["volume"].tail(10).mean()]
