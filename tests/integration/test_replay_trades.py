"""``tickerboard replay`` of a trades file: bars are made of the trades, and what both come to is the oracle's.

Trades and bars go through real Kafka, Faust and Valkey; the whole document and all alerts are compared.
"""

import json
from datetime import date, time
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from streams.feed.flat_file_writer import write_reference, write_trades
from streams.feed.market_model import Market
from tests.support import flat_files, oracle_trades, trade_files
from tests.support.command_line import replay
from tests.support.compare import assert_same, assert_same_alerts
from tests.support.oracle_trades import TradesDay, expected_of_trades, side_by_side
from tests.support.shared_data import shared_data
from tests.support.trade_oracle import Print

pytestmark = pytest.mark.integration

MINUTES: Final = 345
"""Of the simulated market, from 04:00 on: into the regular session, whose odd lots and Form T count otherwise."""
RUNS: Final = {"running_up", "running_down"}
MONDAY: Final = date(2025, 1, 6)
FORM_T: Final = Print(1_736_175_600_000, 10.0, 500.0, (12,))
"""At 10:00 of the Monday: in the regular session it carries volume alone."""
KNOWN: Final = {
    "XXX.2": (154.3, 2.5),
    "VXRT.17": (2.7, 0.3),
    "IBM.8": (182.0, 2.5),
    "AIG.8": (48.9, 0.8),
}
"""Tickers and days of the month, with the previous close and ATR, about."""


def check(given: TradesDay, folder: Path, *options: str) -> set[str]:
    """Compare what a replay of trades writes with the oracle's; return which kinds of alerts there were."""
    document, alerts = expected_of_trades(given, folder)

    actual, _ = replay(folder / "out.json", *given.arguments(), "--alerts", folder / "alerts.jsonl", *options)
    written = [json.loads(line) for line in (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]

    assert_same(actual, document)
    assert_same_alerts(written, alerts)
    return {alert["kind"] for alert in alerts}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> TradesDay:
    """Return the pre-market and the open of a small simulated market."""
    folder = tmp_path_factory.mktemp("simulated")
    market = Market(3, date(2026, 6, 22), 40)
    write_trades(market, folder / "trades.csv.gz", until=MINUTES)
    write_reference(market, folder / "reference.csv")
    return TradesDay(folder / "trades.csv.gz", folder / "reference.csv", market.day.date, time(9, 41, 40), 60)


def test_simulated_trades_in_bars_of_a_minute(simulated: TradesDay, tmp_path: Path) -> None:
    """Between two bars: trades count up to the instant, bars that have ended by then; two workers share the tickers."""
    assert check(simulated, tmp_path, "--workers", "2") > RUNS


@pytest.fixture
def real(tmp_path: Path) -> TradesDay:
    """Return days of real trades laid side by side on one, and a stock of which no trade gives a price."""
    taq = shared_data("trades/taq_masked_XXX_2018-01-02_03_trades.csv.gz")
    plain = shared_data("trades/smallcap_single_prints_BCRX_VXRT_2020.csv.gz")
    masked = [shared_data(f"trades/lean_algoseek_2013-10/{name}_20131008_trade.zip") for name in ("ibm", "aig")]
    trades = chain(trade_files.taq(taq), trade_files.plain(plain), *map(trade_files.masked, masked))
    moved = ((f"{ticker}.{moment.day}", item) for ticker, moment, item in side_by_side(trades, MONDAY))
    chosen = [(ticker, item) for ticker, item in moved if ticker in KNOWN]
    file = oracle_trades.write_trades(tmp_path / "trades.csv", [*chosen, ("NONE", FORM_T)])
    lines = [f"{ticker},{close},1000000,{atr}" for ticker, (close, atr) in KNOWN.items()]
    reference = flat_files.write(tmp_path / "reference.csv", lines, "ticker,prev_close,avg_volume,atr")
    return TradesDay(file, reference, MONDAY, time(20))


def test_real_trades(real: TradesDay, tmp_path: Path) -> None:
    """Odd lots, Form T, official prices, auctions, blocks, and 188 prints of a small cap in one second."""
    assert check(real, tmp_path) > RUNS
