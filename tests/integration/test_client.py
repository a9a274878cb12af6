"""The Python client of ``docs/api.md`` against real gateways: tables, scans, and what a cut network leaves."""

import asyncio
from collections.abc import Callable, Iterator
from time import sleep
from typing import Final

import polars as pl
import pytest
import redis

from api.client import RefusedError, Stream, fetch
from api.followed import Update
from streams.embedded_valkey import EmbeddedValkey
from tests.support.cut_line import line_to
from tests.support.gateway import gateway
from tests.support.workers import Workers

OUTAGE_SECONDS: Final = 3.0
SCAN: Final = {"filter": "price > 4.5 and change_pct > 0", "sort": "-price", "limit": 20, "columns": ["price"]}


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey of this module's own."""
    with EmbeddedValkey() as server:
        yield server


@pytest.fixture(scope="module")
def gateways(valkey: EmbeddedValkey) -> Iterator[tuple[str, str]]:
    """Give the addresses of two gateways on one Valkey."""
    with gateway(valkey.url) as first, gateway(valkey.url) as second:
        yield first, second


@pytest.fixture
def workers(valkey: EmbeddedValkey) -> Iterator[Workers]:
    """Give workers on a database that was wiped."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        yield Workers(client)


def market(step: int) -> dict[str, dict[str, float]]:
    """Return a market of fifty tickers at a step; each step moves some of them across the scan's edge."""
    return {f"T{n:02}": {"price": 1.0 + (n * 7 + step * 3) % 50 / 5, "change_pct": n - 10.0} for n in range(50)}


def expected(step: int) -> list[tuple[str, float]]:
    """Return the scan's rows at a step."""
    rows = [
        (ticker, row["price"]) for ticker, row in market(step).items() if row["price"] > 4.5 and row["change_pct"] > 0
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))[:20]


def first_board(url: str) -> pl.DataFrame:
    """Return a board once all of it has been read."""
    for _ in range(100):
        if fetch("board:gainers", url=url).height == len(market(0)):
            return fetch("board:gainers", url=url, limit=3)
        sleep(0.1)
    raise AssertionError


async def until(stream: Stream, wanted: Callable[[Update], bool], seconds: float = 20) -> Update:
    """Return the first update that is ``wanted``."""
    async with asyncio.timeout(seconds):
        async for update in stream:
            if wanted(update):
                return update
    raise AssertionError


async def test_a_board_and_a_scan_in_one_line(gateways: tuple[str, str], workers: Workers) -> None:
    """As data frames, best first."""
    workers.write(market(0))
    url = f"ws://{gateways[0]}/ws"
    board = await asyncio.to_thread(first_board, url)
    scan = await asyncio.to_thread(fetch, scan=SCAN, url=url)

    assert board["ticker"].to_list() == ["T49", "T48", "T47"]
    assert board.columns[:2] == ["ticker", "change_pct"]
    assert scan.equals(pl.DataFrame(expected(0), schema={"ticker": pl.String, "price": pl.Float64}, orient="row"))


async def test_what_the_gateway_refuses_is_said(gateways: tuple[str, str]) -> None:
    """In its own words."""
    with pytest.raises(RefusedError, match="did you mean price"):
        await asyncio.to_thread(fetch, scan={"filter": "prise > 5"}, url=f"ws://{gateways[0]}/ws")


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_cut_network_leaves_exactly_the_right_rows(
    gateways: tuple[str, str], workers: Workers, *, elsewhere: bool
) -> None:
    """While it is cut the market goes on; the client comes back, to another gateway too, and has the newest rows."""
    workers.write(market(0))
    async with line_to(gateways[0]) as line, Stream(f"ws://{line.address}/ws") as stream:
        await stream.subscribe(scan=SCAN, rate=10)
        first = await until(stream, lambda update: update.kind == "snapshot" and bool(update.message["rows"]))
        feed = first.feed
        assert feed is not None
        for step in range(1, 4):
            workers.write(market(step))
            await until(stream, lambda update, step=step: update.feed == feed and stream.rows(feed) == expected(step))  # type: ignore[misc]
        line.cut()
        outage = asyncio.create_task(
            until(stream, lambda update: update.feed == feed and stream.rows(feed) == expected(9))
        )
        for step in range(4, 10):
            await asyncio.sleep(OUTAGE_SECONDS / 6)
            workers.write(market(step))
        if elsewhere:
            line.lead_to(gateways[1])
        line.mend()
        back = await outage

    assert stream.reconnections == 1
    assert back.kind == ("snapshot" if elsewhere else "change")
