"""Days to replay, simulated and real, each with what was known before it begins."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from tests.support.command_line import tickerboard
from tests.support.flat_files import HEADER
from tests.support.shared_data import shared_data

ATR_DAYS: Final = 14
MINUTE: Final = 60_000_000_000
SIMULATED_DATES: Final = ("2026-06-16", "2026-06-17", "2026-06-18", "2026-06-22")
"""Four sessions, the last of them to be replayed: the 19th is a holiday."""


class Market(NamedTuple):
    """A day's bars, and what is known before it begins."""

    bars: Path
    reference: Path
    history: tuple[Path, ...] = ()

    def arguments(self) -> list[str | Path]:
        """Return the arguments of ``tickerboard replay``."""
        history = [argument for path in self.history for argument in ("--history", path)]
        return [self.bars, "--reference", self.reference, *history]


def simulated_market(folder: Path, tickers: int = 300) -> Market:
    """Return a simulated Monday with its reference, and the three sessions before it."""
    for day in SIMULATED_DATES:
        flags = ["--bar-seconds", "60", "--tickers", str(tickers), "--seed", "7", "--date", day]
        bars, reference = folder / f"{day}.csv.gz", folder / f"{day}-reference.csv"
        ended = tickerboard("simulate", "--flat-file", bars, "--reference-file", reference, *flags)
        assert ended.returncode == 0, ended.stderr
    *before, today = (folder / f"{day}.csv.gz" for day in SIMULATED_DATES)
    return Market(today, folder / f"{SIMULATED_DATES[-1]}-reference.csv", tuple(before))


def real_monday(folder: Path) -> Market:
    """Return 2025-01-06: large caps and gappers, pre-market and after hours, false gaps by reverse splits.

    For the float stand the shares outstanding, the screener's market value divided by its price: no list of floats is
    known for that day. The range of a day is its high less its low, averaged over fourteen days.
    """
    bars = shared_data("bars_1min_2025-01/bars1m_2025-01-06.csv.gz")
    history = shared_data("bars_1min_2025-01/large99_1m_2025-01_2025-02.parquet")
    averages = pl.read_csv(shared_data("daily/avg30_prevclose_for_2025-01-06.csv.gz"), infer_schema_length=None)
    daily = pl.read_parquet(shared_data("daily/alpaca_daily_2024-10-01_2025-01-06.parquet")).filter(
        pl.col("date") < date(2025, 1, 6)
    )
    yesterday = daily.filter(pl.col("date") == date(2025, 1, 3)).select(
        "ticker", *(pl.col(name).alias(f"prev_{name}") for name in ("open", "high", "low", "volume", "vwap"))
    )
    days = daily.sort("date").group_by("ticker").tail(ATR_DAYS).group_by("ticker")
    ranges = days.agg(atr=(pl.col("high") - pl.col("low")).mean(), median_volume=pl.col("volume").median())
    reference = folder / "reference.csv"
    (
        averages.select("ticker", "prev_close", "avg_volume_30d")
        .join(yesterday, on="ticker", how="left")
        .join(ranges, on="ticker", how="left")
        .join(_screened(), on="ticker", how="left")
        .write_csv(reference)
    )
    return Market(bars, reference, (history,))


def _screened() -> pl.DataFrame:
    """Return ticker, market value and shares outstanding; a value of 0 or none is left out."""
    path = shared_data("daily/nasdaq_screener_2025-01-06.json.gz")
    rows = json.loads(gzip.decompress(path.read_bytes()))["rows"]
    found = []
    for row in rows:
        worth, price = float(row["marketCap"] or 0), float(row["lastsale"].lstrip("$") or 0)
        if worth > 0 and price > 0:
            found.append((row["symbol"], worth, worth / price))
    return pl.DataFrame(found, ("ticker", "market_cap", "float_shares"), orient="row")


def gapper_days(folder: Path) -> Market:
    """Return 65 days of small caps as they gapped, laid side by side on one: the most violent bars there are.

    What was before is made up: a close a third below the open, and a Thursday that traded each minute what the day did
    in the mean, or a part of it: the half, the third, down to the twelfth.
    """
    path = shared_data("gappers/chart_gappers_2026-07-06_2026-08-14.json.gz")
    gappers = json.loads(gzip.decompress(path.read_bytes()))["symbols"]
    lines, earlier, facts = [HEADER], [HEADER], ["ticker,prev_close,prev_high,prev_low,atr,float_shares,market_cap"]
    for number, (name, gapper) in enumerate(gappers.items()):
        ticker = f"{name.split()[0]}.{number}"
        bars = gapper["bars_1m"]
        mean = sum(bar["v"] for bar in bars) // len(bars) // (1 + number % 12)
        for bar in bars:
            prices = f"{bar['o']},{bar['c']},{bar['h']},{bar['l']}"
            lines.append(f"{ticker},{bar['v']},{prices},{_start('2026-08-14', bar['ts'])},")
            earlier.append(f"{ticker},{mean},{prices},{_start('2026-08-13', bar['ts'])},")
        close = round(gapper["open_price"] / 1.5, 4)
        facts.append(
            f"{ticker},{close},{close * 1.6:.4f},{close * 0.9:.4f},{close * 0.1:.4f},{10**6 * (number + 1)},1e8"
        )
    files = {"bars.csv": lines, "history.csv": earlier, "gappers.csv": facts}
    for file, content in files.items():
        (folder / file).write_text("\n".join([*content, ""]), encoding="utf-8")
    return Market(folder / "bars.csv", folder / "gappers.csv", (folder / "history.csv",))


def _start(day: str, clock: str) -> int:
    """Return the start of a bar: New York is four hours behind UTC in August."""
    hours, minutes = clock.split(":")
    midnight = (date.fromisoformat(day) - date(1970, 1, 1)).days * 24 * 60
    return (midnight + (int(hours) + 4) * 60 + int(minutes)) * MINUTE
