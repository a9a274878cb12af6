"""The Python client of ``docs/api.md`` against real gateways: tables, scans, and what a cut network leaves."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import sleep
from typing import Final

import polars as pl
import pytest
import redis
import websockets

from api.client import SETTLED_SECONDS, WAITS, RefusedError, Stream, Waits, fetch
from api.followed import Update
from streams.embedded_valkey import EmbeddedValkey
from tests.support.command_line import tickerboard
from tests.support.cut_line import line_to
from tests.support.gateway import QUICK, answer_when, gateway
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


def test_waits_grow_until_a_connection_has_proved_good() -> None:
    """A word is not enough, errors are none at all; then the first attempt is made at once again."""
    waits = Waits()
    grown = [waits.before_next(1) for _ in range(9)]
    for after in (0.0, SETTLED_SECONDS / 2):
        waits.heard("heartbeat", 100 + after)
    for after in (0.0, SETTLED_SECONDS):
        waits.heard("error", 100 + after)
    before = waits.before_next(0)
    waits.heard("heartbeat", 200)
    waits.heard("heartbeat", 200 + SETTLED_SECONDS)

    assert grown == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert before == WAITS[1] / 2
    assert [waits.before_next(1) for _ in range(2)] == [0, 0.5]


async def served(answer: Callable[[websockets.ServerConnection], Awaitable[None]], stay: float) -> int:
    """Return how many connections a client makes within so many seconds to a gateway that only ``answer``s."""
    connections = 0

    async def take(socket: websockets.ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await answer(socket)

    async with websockets.serve(take, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with Stream(f"ws://127.0.0.1:{port}/ws") as stream:
            with suppress(TimeoutError):
                await until(stream, lambda _: False, stay)
    return connections


async def test_a_gateway_that_ends_each_connection_at_once_is_left_in_peace() -> None:
    """However politely: the fourth connection comes after 1.75 s at the soonest."""

    async def answer(socket: websockets.ServerConnection) -> None:
        await socket.send(json.dumps({"type": "heartbeat", "stale": False}))
        await socket.send(json.dumps({"type": "error", "code": "too_many_sockets", "message": "no"}))
        await socket.close(4429, "too_many_sockets")

    assert 2 <= await served(answer, 1.4) <= 3


@pytest.mark.parametrize("code", [4401, 4403])
async def test_a_refusal_without_a_sentence_has_at_least_its_code(code: int) -> None:
    """And is the end all the same."""

    async def answer(socket: websockets.ServerConnection) -> None:
        await socket.close(code, "unauthorized")

    with pytest.raises(RefusedError, match=f"{code} unauthorized"):
        await served(answer, 5)


async def test_without_a_good_key_it_stops_for_good(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """At first, with the gateway's own sentence, and when a key that was good is revoked."""
    store = f"sqlite:///{tmp_path}/store.db"
    more = {"TICKERBOARD_ACCESS": "keys", "TICKERBOARD_STORE_URL": store, "TICKERBOARD_STORE_SECONDS": "0.2"}
    with gateway(valkey.url, settings={**QUICK, **more}) as address:
        made = await asyncio.to_thread(
            tickerboard, "keys", "create", "--name", "desk", "--scopes", "boards", "--store-url", store
        )
        key = made.stdout.strip()
        await answer_when(address, "/api/metrics", lambda answer: answer.status_code == 200, key)
        for shown, sentence in ((None, "the first message has to be"), ("tb_wrong", "this key is not valid")):
            async with Stream(f"ws://{address}/ws", shown) as stream:
                await stream.subscribe(feed="board:gainers")
                for _ in range(2):
                    with pytest.raises(RefusedError, match=sentence):
                        await until(stream, lambda _: False)
                assert stream.reconnections == 0
        async with Stream(f"ws://{address}/ws", key) as stream:
            await stream.subscribe(feed="board:gainers")
            await until(stream, lambda update: update.kind == "snapshot")
            await asyncio.to_thread(tickerboard, "keys", "revoke", key[3:11], "--store-url", store)
            with pytest.raises(RefusedError, match="replaced or revoked"):
                await until(stream, lambda _: False)
            assert stream.reconnections == 0


async def test_real_answers_keep_the_order_of_the_requests(gateways: tuple[str, str], workers: Workers) -> None:
    """Two texts of one scan, refused scans and feeds of events among them: after a cut each scan goes on as itself.

    One that was filed under another one's name would begin anew, with a snapshot.
    """
    workers.write(market(0))
    seen: list[tuple[int, str, str | None]] = []

    def has(kind: str, count: int, after: int) -> Callable[[Update], bool]:
        def wanted(update: Update) -> bool:
            seen.append((stream.reconnections, update.kind, update.feed))
            return len({feed for cuts, what, feed in seen if feed and (cuts, what) == (after, kind)}) == count

        return wanted

    async with line_to(gateways[0]) as line, Stream(f"ws://{line.address}/ws") as stream:
        await stream.subscribe(feed="alerts")
        for text in ("price > 2", "price>2", "prise > 5", "change_pct > 3"):
            await stream.subscribe(scan={"filter": text, "columns": ["price"]})
        await stream.subscribe(feed="halts", filter="prise > 5")
        for text in ("price >", "price < 9"):
            await stream.subscribe(scan={"filter": text, "columns": ["price"]}, rate=10)
        await stream.subscribe(feed=["board:gainers", "board:nothing"])
        await stream.subscribe(feed=["board:gainers"])
        await until(stream, has("snapshot", 4, after=0))
        before = stream.feeds
        line.cut()
        line.mend()
        workers.write(market(1))
        await until(stream, has("change", 4, after=1))
        kinds = [kind for cuts, kind, _ in seen if cuts == 1]

    assert len([kind for _, kind, _ in seen if kind == "error"]) == 4
    assert (stream.feeds, len(before)) == (before, 5)
    assert "snapshot" not in kinds
    assert "error" not in kinds
