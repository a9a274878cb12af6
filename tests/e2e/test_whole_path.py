"""A day over the vendor's protocol to a screen: simulator, listener, Kafka, worker, Valkey, gateway, client, page."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import sleep
from typing import Any, Final

import httpx
import numpy as np
import pytest
import websockets
from playwright.sync_api import expect

from schemas.clock import monotonic
from schemas.metrics import METRIC_NAMES
from streams.feed.flat_file_writer import write_bars, write_reference, write_trades
from streams.feed.market_model import Market
from streams.market.session import trading_day_of
from tests.support.browser import browser_page, build_page
from tests.support.compare import assert_same
from tests.support.halt_oracle import Pause
from tests.support.oracle import expected
from tests.support.oracle_boards import FEED_BOARDS
from tests.support.oracle_boards import boards as boards_of
from tests.support.oracle_halts import halt_metrics
from tests.support.oracle_metrics import FEED_METRICS
from tests.support.oracle_reference import NOTHING_KNOWN, read_reference
from tests.support.oracle_trades import follow, read_trades, regular_of

DAY: Final = trading_day_of(date(2026, 6, 22))
TICKERS: Final = 60
SEED: Final = 9
PATIENCE_SECONDS: Final = 90.0
DAY_SECONDS: Final = 240.0
"""A day of bars, trades, quotes and bands on two busy cores."""
HISTORY_DAYS: Final = 13
QUIET_SECONDS: Final = 3.0
FROM_THE_VENDOR: Final = ("vendor_day_volume", "vendor_open", "vendor_vwap")
"""What a flat file does not carry."""
QUOTED: Final = ("bid", "ask", "spread", "spread_bps")
"""Of quotes there is no flat file."""
MOST_TRADES: Final = 20_000
"""Of a ticker whose trades go through the oracle; a busier one's metrics of trades are taken as they are."""
AT_THE_LAST_SECOND: Final = (
    "relative_volume_at_time",
    "relative_volume_5m",
    *(f"{metric}_{minutes}m{unit}" for metric, unit in (("volume", ""), ("change", "_pct")) for minutes in (1, 5, 15)),
)
"""A live feed never says that its last second is complete: the last minutes' windows end a moment before the day, and
the usual day's volume has a step at its end."""


@contextmanager
def demo(*arguments: str) -> Iterator[str]:
    """Run ``tickerboard demo`` and give the address of its page."""
    command = [sys.executable, "-m", "streams", "demo", "--port", "0", "--tickers", str(TICKERS), "--seed", str(SEED)]
    command += ["--date", str(DAY.date), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            _, said = process.communicate(timeout=PATIENCE_SECONDS)
            pytest.fail(f"the demo did not start: {said}")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0


def board(address: str, name: str) -> dict[str, Any]:
    """Return a board as REST has it."""
    answer: dict[str, Any] = httpx.get(f"{address}/api/boards/{name}", params={"limit": 500}).raise_for_status().json()
    return answer


def wait_for(address: str, event_time: int) -> None:
    """Return once the gateway shows an event time (ms)."""
    deadline = monotonic() + DAY_SECONDS
    while (reached := board(address, "volume")["event_time"]) < event_time:
        assert monotonic() < deadline, f"the boards stand at {reached}, not at {event_time}"


def wait_until_quiet(address: str) -> None:
    """Return once nothing has changed for a while: after the day's end corrections still come."""
    before: dict[str, Any] = {}
    since = monotonic()
    while monotonic() - since < QUIET_SECONDS:
        if (rows := board(address, "volume")["rows"]) != before:
            before, since = rows, monotonic()
        sleep(0.2)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the document that the oracle makes of the same market's flat files at the end of the day."""
    folder = tmp_path_factory.mktemp("day")
    market = Market(SEED, DAY.date, TICKERS)
    write_bars(market, folder / "day.csv", seconds=1)
    write_reference(market, folder / "reference.csv")
    write_history(market, folder / "history.csv")
    document = expected(folder / "day.csv", "20:00", folder / "reference.csv", [folder / "history.csv"])
    put_halts(market, document["symbols"])
    put_trades(market, document["symbols"], folder)
    return document


def put_halts(market: Market, symbols: dict[str, Any]) -> None:
    """Write what the market's pauses come to at the end of the day; every ticker has had a band in it."""
    pauses = [
        Pause(
            market.symbols[halt["ticker"]],
            DAY.start + int(halt["start"]) * 1000,
            DAY.start + int(halt["end"]) * 1000,
            0,
        )
        for halt in market.halts()
    ]
    assert pauses
    for ticker, row in symbols.items():
        row.update(halt_metrics(pauses, [], ticker, DAY.end, row["price"]))
        row["halts_today"] = row["halts_today"] or 0


def put_trades(market: Market, symbols: dict[str, Any], folder: Path) -> None:
    """Write what the market's trades come to at the end of the day."""
    write_trades(market, folder / "trades.csv")
    facts = read_reference(folder / "reference.csv")
    prints = defaultdict(list)
    for ticker, item in read_trades(folder / "trades.csv"):
        prints[ticker].append(item)
    for ticker in prints.keys() & symbols.keys():
        if len(prints[ticker]) <= MOST_TRADES:
            atr = facts.get(ticker, NOTHING_KNOWN)["atr"]
            symbols[ticker] |= follow(prints[ticker], regular_of(DAY.date), atr).metrics(DAY.end)


def write_history(market: Market, path: Path) -> None:
    """Write the volumes of the days before as minute bars, the only thing in them that a curve is made of."""
    with path.open("w", encoding="utf-8") as file:
        file.write("ticker,volume,open,close,high,low,window_start\n")
        for day, volumes in market.history(HISTORY_DAYS):
            for number, minute in zip(*np.nonzero(volumes), strict=True):
                start = (day.start + int(minute) * 60_000) * 1_000_000
                file.write(f"{market.symbols[number]},{float(volumes[number, minute])!r},1,1,1,1,{start}\n")


def test_a_day_over_the_protocol_ends_with_the_oracle_s_boards(day: dict[str, Any]) -> None:
    """Every board and symbol value that came over the socket equals the batch calculation over the day's flat file."""
    with demo("--start", "04:00", "--speed", "max") as address:
        wait_for(address, DAY.end)
        wait_until_quiet(address)
        boards = {
            name: [{key: row[key] for key in ("rank", "symbol", "value")} for row in board(address, name)["rows"]]
            for name in day["boards"]
        }
        symbols = {ticker: symbol_of(address, ticker) for ticker in day["symbols"]}

    for metrics in (*symbols.values(), *day["symbols"].values()):
        for name in (*FROM_THE_VENDOR, *AT_THE_LAST_SECOND, *QUOTED):
            metrics[name] = None
    for ticker in [ticker for ticker, row in day["symbols"].items() if "trades" not in row]:
        day["symbols"][ticker] |= {
            name: symbols[ticker][name] for name in FEED_METRICS if name not in day["symbols"][ticker]
        }
    day["boards"] |= {name: rows for name, rows in boards_of(day["symbols"], "closed").items() if name in FEED_BOARDS}
    boards |= {name: day["boards"][name] for name in ("relative_volume_at_time", "relative_volume_5m")}
    assert sum(row["trades"] is not None for row in symbols.values()) > TICKERS / 2
    assert_same({**day, "boards": boards, "symbols": symbols}, day)


def symbol_of(address: str, ticker: str) -> dict[str, float | None]:
    """Return a ticker's metrics as REST has them."""
    metrics = httpx.get(f"{address}/api/symbols/{ticker}").raise_for_status().json()["metrics"]
    return {name: metrics[name] for name in METRIC_NAMES}


def test_a_client_and_a_page_see_the_market_move(tmp_path: Path) -> None:
    """A WebSocket client gets a snapshot and numbered changes; the page shows the same tickers, and their facts."""
    build_page()
    with demo("--start", "09:31", "--speed", "5") as address:
        frames = asyncio.run(watch(address.replace("http", "ws") + "/ws"))
        with browser_page(tmp_path) as page:
            page.goto(address)
            rows = page.get_by_role("row")
            expect(rows.nth(5)).to_be_visible(timeout=15_000)
            # The morning before the start comes as fast as it is folded, and the page shows it already.
            expect(page.get_by_text(re.compile("Regular", re.IGNORECASE)).first).to_be_visible(timeout=60_000)

    kinds = [frame["type"] for frame in frames]
    assert kinds[0] == "snapshot"
    assert kinds.count("change") >= 3
    assert [frame["sequence"] for frame in frames] == list(
        range(frames[0]["sequence"], frames[0]["sequence"] + len(frames))
    )


async def watch(url: str) -> list[dict[str, Any]]:
    """Return a board's first frames."""
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS), websockets.connect(url) as socket:
        await socket.send(json.dumps({"action": "subscribe", "feed": "board:gainers", "limit": 20}))
        async for text in socket:
            frame = json.loads(text)
            if frame["type"] in {"snapshot", "change"}:
                frames.append(frame)
            if len(frames) > 5:
                break
    return frames
