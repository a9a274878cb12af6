"""What ``replay`` writes, through real Kafka, Faust and Valkey, equals what the oracle computes from the same files."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pytest

from tests.support.command_line import replay
from tests.support.compare import assert_same
from tests.support.flat_files import HEADER
from tests.support.oracle import expected
from tests.support.oracle_markets import Market, gapper_days, real_monday, simulated_market
from tests.support.shared_data import shared_data

pytestmark = pytest.mark.integration

WHOLE_DAY: Final = None
DAILY_MEAN_DAYS: Final = 30


def check(market: Market, until: str | None, folder: Path, options: Sequence[str] = ()) -> None:
    """Replay a market until an instant and compare the whole document with the oracle's."""
    arguments = [*market.arguments(), *options]
    if until is not None:
        arguments += ["--until", until]

    actual, _ = replay(folder / "out.json", *arguments)

    assert_same(actual, expected(market.bars, until, market.reference, market.history))


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Return a simulated Monday and the three sessions before it."""
    return simulated_market(tmp_path_factory.mktemp("simulated"))


@pytest.mark.parametrize("until", ["08:15", "09:30", "12:00:30", "16:30", WHOLE_DAY])
def test_simulated_day(simulated: Market, until: str | None, tmp_path: Path) -> None:
    """A simulated day of minute bars, with a history of three days."""
    check(simulated, until, tmp_path)


@pytest.mark.parametrize("until", ["08:15", "09:30", "12:00", "16:30", WHOLE_DAY])
def test_real_minute_bars(until: str | None, tmp_path: Path) -> None:
    """2025-01-06: large caps and gappers, pre-market and after hours, false gaps by reverse splits."""
    check(real_monday(tmp_path), until, tmp_path)


@pytest.mark.parametrize("until", ["09:33:20", WHOLE_DAY])
def test_real_gappers(until: str | None, tmp_path: Path) -> None:
    """65 days of small caps as they gapped, side by side on one day: boards of low floats and pillars have rows."""
    check(gapper_days(tmp_path), until, tmp_path)


def test_real_baseline_of_ten_sessions(tmp_path: Path) -> None:
    """2025-02-20 out of its own history of 39 days: ten sessions before it count, the days after it do not.

    The ten reach from the 5th to the 19th; the 17th was a holiday.
    """
    history = shared_data("bars_1min_2025-01/large99_1m_2025-01_2025-02.parquet")
    prices = ("open", "close", "high", "low")
    frame = pl.read_parquet(history).with_columns(
        *(pl.col(name).cast(pl.Float64).round(4) for name in prices),
        day=pl.from_epoch("window_start", "ns")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone("America/New_York")
        .dt.date(),
        transactions=pl.lit(None, pl.Int64),
    )
    days = sorted(frame["day"].unique())
    before = days[days.index(date(2025, 2, 20)) - 1]
    frame.filter(pl.col("day") == date(2025, 2, 20)).select(HEADER.split(",")).write_csv(tmp_path / "bars.csv")
    reference = (
        frame.filter(pl.col("day") == before)
        .group_by("ticker")
        .agg(prev_close=pl.col("close").last(), avg_volume=pl.col("volume").cast(pl.Int64).sum())
    )
    reference.write_csv(tmp_path / "reference.csv")

    check(Market(tmp_path / "bars.csv", tmp_path / "reference.csv", (history,)), "10:17:30", tmp_path)


@pytest.fixture(scope="module")
def whole_market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Return 2026-06-22, with the closes of 2026-06-18 and the mean volume of the thirty days up to then."""
    bars = shared_data("bars_5min_2026-06/bars5m_2026-06-22.csv.gz")
    daily = pl.read_parquet(shared_data("bars_5min_2026-06/daily_rth_2026-01-26_2026-06-22.parquet"))
    earlier = daily.filter(pl.col("date") < date(2026, 6, 22))
    days = sorted(earlier["date"].unique())
    closes = earlier.filter(pl.col("date") == days[-1]).select("ticker", prev_close="close")
    volumes = (
        earlier.filter(pl.col("date").is_in(days[-DAILY_MEAN_DAYS:]))
        .group_by("ticker")
        .agg(avg_volume=pl.col("volume").mean())
    )
    path = tmp_path_factory.mktemp("whole_market") / "reference.csv"
    volumes.join(closes, on="ticker", how="left").sort("ticker").write_csv(path)
    return Market(bars, path)


@pytest.mark.parametrize("until", ["09:30", "12:00", "20:00"])
def test_real_whole_market(whole_market: Market, until: str, tmp_path: Path) -> None:
    """2026-06-22: 7,941 tickers in five-minute bars of regular hours only, none before 09:35; more than 500 to rank."""
    check(whole_market, until, tmp_path)
