"""A real gateway process between a real Valkey and real WebSocket clients: what it serves, and to whom."""

import asyncio
import json
import socket
from collections.abc import Iterator
from random import Random
from time import sleep
from typing import Any, Final

import httpx
import polars as pl
import pytest
import redis
import websockets

from api.tables import DECIMALS, Row
from schemas.boards import BOARD_NAMES
from schemas.metrics import COLUMNS
from schemas.redis_keys import heads
from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import Follower, answer_when, follower, gateway
from tests.support.workers import Workers

MARKET: Final = {
    "AAPL": {"price": 110.0, "change_pct": 10.0, "accumulated_volume": 5000.0, "relative_volume": 0.5},
    "NA": {"price": 0.0123, "change_pct": 1000.0, "accumulated_volume": 0.5},
    "BRK.B": {"price": 400.0, "change_pct": -2.0, "accumulated_volume": 100.0, "relative_volume_at_time": 12.5},
    "NOREF": {"price": 7.0, "accumulated_volume": 900.0},
}


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey of this module's own."""
    with EmbeddedValkey() as server:
        yield server


@pytest.fixture(scope="module")
def address(valkey: EmbeddedValkey) -> Iterator[str]:
    """Give ``host:port`` of one gateway for the module: what one test leaves behind must not harm the next."""
    with gateway(valkey.url) as listening:
        yield listening


@pytest.fixture
def workers(valkey: EmbeddedValkey) -> Iterator[Workers]:
    """Give workers on a database that was wiped."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        yield Workers(client)


def as_rows(board: dict[str, Any], columns: list[str]) -> list[Row]:
    """Return the rows of a REST answer as the socket gives them."""
    return [(row["symbol"], *(_rounded(row["metrics"][name]) for name in columns[1:])) for row in board["rows"]]


def _rounded(cell: float | None) -> float | None:
    return None if cell is None else round(cell, DECIMALS)


async def fetch(address: str, path: str) -> httpx.Response:
    """Ask the gateway by REST."""
    async with httpx.AsyncClient() as client:
        return await client.get(f"http://{address}{path}")


async def test_a_snapshot_has_the_ranked_rows_with_their_metrics(address: str, workers: Workers) -> None:
    """Undefined is null; a ticker whose value is undefined is not on the board."""
    workers.write(MARKET)
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:gainers")
        rows = await client.until_rows("board:gainers", lambda rows: len(rows) == 3)

    assert client.columns["board:gainers"] == [
        "ticker",
        "change_pct",
        "price",
        "accumulated_volume",
        "relative_volume",
        "relative_volume_at_time",
    ]
    assert rows == [
        ("NA", 1000.0, 0.0123, 0.5, None, None),
        ("AAPL", 10.0, 110.0, 5000.0, 0.5, None),
        ("BRK.B", -2.0, 400.0, 100.0, None, 12.5),
    ]
    assert client.frames["board:gainers"]["trading_date"] == "2026-11-20"
    assert client.frames["board:gainers"]["event_time"] == workers.event_time


async def test_snapshot_and_changes_reproduce_every_board(address: str, workers: Workers) -> None:
    """After a storm each client's rows are those of REST, whatever its limit, with no sequence missing."""
    random = Random(3)
    market = {f"T{number}": {"price": 1.0} for number in range(300)}
    async with follower(address) as wide, follower(address) as narrow:
        for name in BOARD_NAMES:
            await wide.say(action="subscribe", feed=f"board:{name}")
            await narrow.say(action="subscribe", feed=f"board:{name}", limit=20)
        storm = asyncio.create_task(asyncio.to_thread(_storm, workers, market, random))
        reading = [asyncio.create_task(_read_until_told(client)) for client in (wide, narrow)]
        await storm
        await asyncio.sleep(1.5)  # what was written last has gone out, and nothing more comes
        for task in reading:
            task.cancel()
        await asyncio.wait(reading)
        for client, limit in ((wide, 500), (narrow, 20)):
            for name in BOARD_NAMES:
                board = (await fetch(address, f"/api/boards/{name}?limit={limit}")).json()
                assert client.rows[f"board:{name}"] == as_rows(board, client.columns[f"board:{name}"])

    assert wide.changes > 50


def _storm(workers: Workers, market: dict[str, dict[str, float]], random: Random) -> None:
    for _ in range(40):
        for ticker in random.sample(sorted(market), 40):
            market[ticker] = {
                name: random.choice([1.0, 2.0, random.random()]) for name in COLUMNS if random.random() < 0.8
            }
        workers.event_time += 1000
        workers.write(market)
        sleep(0.06)


async def _read_until_told(client: Follower) -> None:
    while True:
        await client.next()


async def test_a_symbol_is_followed_from_before_its_first_bar(address: str, workers: Workers) -> None:
    """No row, then a row with every metric, then changes of single cells."""
    workers.write({})
    async with follower(address) as client:
        await client.say(action="subscribe", feed="symbol:NA")
        await client.until_rows("symbol:NA", lambda rows: rows == [])
        workers.write(MARKET)
        (row,) = await client.until_rows("symbol:NA", lambda rows: len(rows) == 1)
        workers.write({**MARKET, "NA": {"price": 0.02}})
        (after,) = await client.until_rows("symbol:NA", lambda rows: rows[0][1] == 0.02)

    assert client.columns["symbol:NA"] == ["ticker", *COLUMNS]
    assert row[:3] == ("NA", 0.0123, 0.5)
    assert after == ("NA", 0.02, *[None] * (len(COLUMNS) - 1))


async def test_unsubscribe_ends_a_feed_and_no_other(address: str, workers: Workers) -> None:
    """Once confirmed, nothing of it comes any more."""
    workers.write(MARKET)
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:gainers")
        await client.say(action="subscribe", feed="board:losers")
        await client.until_rows("board:losers", lambda rows: len(rows) == 3)
        await client.say(action="unsubscribe", feed="board:gainers")
        await client.of_type("unsubscribed")
        frozen = client.rows["board:gainers"]
        workers.write({"AAPL": {"change_pct": 1.0}})
        await client.until_rows("board:losers", lambda rows: len(rows) == 1)

    assert client.rows["board:gainers"] == frozen


async def test_bad_messages_are_refused_and_the_socket_lives(address: str) -> None:
    """Hundreds at once, of every kind, and then a good one."""
    bad = ["{", "[]", "{}", '{"action":"fetch"}', '{"action":"subscribe","feed":"board:ganers"}', "\x00", "[" * 9000]
    async with follower(address) as client:
        for text in bad * 50:
            await client.socket.send(text)
        await client.socket.send(b"\xff\xfe")
        await client.say(action="ping")
        codes = []
        while (message := await client.next())["type"] != "pong":
            if message["type"] == "error":
                codes.append(message["code"])

    each = ["bad_json", "not_an_object", "missing_field", "unknown_action", "unknown_board", "bad_json", "bad_json"]
    assert codes == [*each * 50, "bad_json"]


async def test_a_client_that_vanishes_harms_no_other(address: str, workers: Workers) -> None:
    """Without a word of farewell, in the middle of a storm."""
    async with follower(address) as staying:
        await staying.say(action="subscribe", feed="board:gainers")
        leaving = await asyncio.gather(*(websockets.connect(f"ws://{address}/ws") for _ in range(20)))
        for gone in leaving:
            await gone.send(json.dumps({"action": "subscribe", "feed": "board:gainers"}))
        workers.write(MARKET)
        for gone in leaving:
            gone.transport.abort()
        workers.write({"LAST": {"change_pct": 1.0}})
        await staying.until_rows("board:gainers", lambda rows: [row[0] for row in rows] == ["LAST"])


async def test_at_half_past_nine_the_board_has_no_hole(address: str, workers: Workers) -> None:
    """A partition still before 09:30 keeps its rows on the board while the other is past it."""
    workers.write(MARKET)
    ahead = workers.partition_of("AAPL")
    workers.session = "regular"
    workers.write_partition(ahead, {"AAPL": {"change_pct": 11.0}})
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:gainers")
        rows = await client.until_rows("board:gainers", lambda rows: ("AAPL", 11.0) in [row[:2] for row in rows])

    others = {ticker for ticker in ("NA", "BRK.B") if workers.partition_of(ticker) != ahead}
    assert others
    assert {row[0] for row in rows} == {"AAPL", *others}
    assert client.frames["board:gainers"]["session"] == "regular"


async def test_a_board_of_one_session_is_empty_in_others(address: str, workers: Workers) -> None:
    """With the usual head, by the socket and by REST; that a partition is behind brings no row back."""
    workers.write({"AAPL": {"gap_pct": 9.0}, "BRK.B": {"gap_pct": 7.0}})
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:small_cap_gappers")
        await client.until_rows("board:small_cap_gappers", lambda rows: [row[1] for row in rows] == [9.0, 7.0])
        workers.session = "regular"
        workers.write_partition(workers.partition_of("AAPL"), {"AAPL": {"gap_pct": 9.0}})
        await client.until_rows("board:small_cap_gappers", lambda rows: not rows)
        head = client.frames["board:small_cap_gappers"]
    answer = (await fetch(address, "/api/boards/small_cap_gappers")).json()

    assert (head["session"], head["trading_date"], head["event_time"]) == ("regular", "2026-11-20", workers.event_time)
    assert (answer["rows"], answer["session"], answer["sessions"]) == ([], "regular", ["pre_market"])
    assert (answer["trading_date"], answer["event_time"]) == ("2026-11-20", workers.event_time)


async def test_a_new_trading_date_leaves_yesterday_out(address: str, workers: Workers) -> None:
    """The first partition to reach 04:00 begins the day; what has not reached it is missing, and that is said."""
    workers.write(MARKET)
    workers.trading_date, workers.session = "2026-11-23", "pre_market"
    workers.event_time += 3 * 24 * 3600 * 1000
    workers.write_partition(workers.partition_of("AAPL"), {"AAPL": {"change_pct": 1.0}})
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:gainers")
        rows = await client.until_rows("board:gainers", lambda rows: [row[1] for row in rows] == [1.0])
        heartbeat = await client.until(lambda message: message.get("partitions_present") == 1)

    assert rows[0][:2] == ("AAPL", 1.0)
    assert (heartbeat["trading_date"], heartbeat["partitions"]) == ("2026-11-23", 2)
    assert (heartbeat["stale"], heartbeat["reason"]) == (True, "partitions_behind")


async def test_heartbeats_say_the_age_when_workers_fall_silent(address: str, workers: Workers) -> None:
    """Fresh while they write; then ever older, stale after the time set, fresh again at the next write."""
    workers.write(MARKET)
    async with follower(address) as client:
        fresh = await client.until(lambda message: message["type"] == "heartbeat" and not message["stale"])
        stale = await client.until(lambda message: message["type"] == "heartbeat" and message["stale"])
        workers.event_time += 1000
        workers.write(MARKET)
        await client.until(lambda message: message["type"] == "heartbeat" and not message["stale"])

    assert fresh["age_ms"] < 2000 <= stale["age_ms"]
    assert (stale["reason"], fresh["reason"]) == ("workers_silent", None)


async def test_the_feed_may_fall_silent_while_the_workers_live(address: str, workers: Workers) -> None:
    """Heads that bring no newer event time do not make old data fresh."""
    workers.write(MARKET)
    async with follower(address) as client, asyncio.timeout(20):
        while (message := await client.next()).get("reason") != "feed_silent":
            workers.write(MARKET)

    assert message["stale"]


@pytest.mark.parametrize("path", ["/api/boards/gainers", "/api/scans/gainers/rows"])
async def test_a_table_by_rest_in_three_forms(address: str, workers: Workers, path: str) -> None:
    """They hold the same; one that is known is not sent again until it changes."""
    workers.write(MARKET)
    document = await answer_when(address, path, lambda answer: "12.5" in answer.text and "10.0" in answer.text)
    async with httpx.AsyncClient(base_url=f"http://{address}") as client:
        csv = await client.get(path, headers={"accept": "text/csv"})
        arrow = await client.get(path, headers={"accept": "application/vnd.apache.arrow.stream"})
        again = await client.get(path, headers={"if-none-match": document.headers["etag"]})
        workers.write({**MARKET, "AAPL": {"change_pct": 12.0}})
        changed = await answer_when(address, path, lambda answer: answer.headers["etag"] != document.headers["etag"])

    table = pl.read_ipc_stream(arrow.content)
    assert table.rows() == [(row["symbol"], *row["metrics"].values()) for row in document.json()["rows"]]
    assert pl.read_csv(csv.content, schema=table.schema).equals(table)
    assert (again.status_code, again.content, changed.status_code) == (304, b"", 200)


async def test_rest_gives_a_symbol_with_every_metric(address: str, workers: Workers) -> None:
    """And a clear 404 for one without a bar today."""
    workers.write(MARKET)
    found = await answer_when(address, "/api/symbols/BRK.B", lambda answer: answer.status_code == 200)
    missing = await fetch(address, "/api/symbols/aapl")

    assert list(found.json()["metrics"]) == list(COLUMNS)
    assert (found.json()["metrics"]["price"], found.json()["metrics"]["open"]) == (400.0, None)
    assert found.json()["as_of"] == "2026-11-20T09:29:00.000-05:00"
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_symbol")
    assert "AAPL" in missing.json()["error"]["message"]


async def test_an_unreadable_part_is_told_and_survived(address: str, workers: Workers) -> None:
    """Bytes that are no head make the gateway say so; the next good write mends it."""
    workers.write(MARKET)
    workers.redis.hset(heads(), "0", b"\xc1 not a head")
    ready = await answer_when(address, "/readyz", lambda answer: answer.json()["reason"] == "unreadable")
    workers.write(MARKET)
    await answer_when(address, "/readyz", lambda answer: answer.status_code == 200)

    assert ready.status_code == 503


async def test_a_worker_that_starts_over_is_followed(address: str, workers: Workers) -> None:
    """Its versions may repeat those of before."""
    workers.write(MARKET)
    again = Workers(workers.redis)
    async with follower(address) as client:
        await client.say(action="subscribe", feed="board:gainers")
        await client.until_rows("board:gainers", lambda rows: len(rows) == 3)
        again.write({"NEW": {"change_pct": 3.0, "price": 1.5}})
        (row,) = await client.until_rows("board:gainers", lambda rows: len(rows) == 1 and rows[0][2] is not None)

    assert (row[:3], workers.versions, again.versions) == (("NEW", 3.0, 1.5), {0: 1, 1: 1}, {0: 1, 1: 1})


async def test_a_stalled_client_is_dropped_and_holds_up_nobody(valkey: EmbeddedValkey, workers: Workers) -> None:
    """One that never reads, beside twenty that do: they get every state in time, it is ended."""
    settings = {"TICKERBOARD_STALL_SECONDS": "1"}
    with gateway(valkey.url, settings=settings) as address:
        stalled = await _subscribed_but_never_reading(address)
        async with asyncio.timeout(60):
            readers = [await websockets.connect(f"ws://{address}/ws") for _ in range(20)]
            followers = [Follower(reader) for reader in readers]
            for watching in followers:
                await watching.say(action="subscribe", feed="board:volume")
            dropped = False
            value = 1.0
            while not dropped:
                value += 1
                workers.write({f"T{number}": {"accumulated_volume": value + number} for number in range(500)})
                lowest = value
                for watching in followers:
                    await watching.until_rows("board:volume", lambda rows: [row[1] for row in rows][-1:] == [lowest], 2)  # noqa: B023
                dropped = await _was_ended(stalled)
            for reader in readers:
                await reader.close()
        stalled.close()

    assert value > 3


async def _subscribed_but_never_reading(address: str) -> socket.socket:
    """Return a raw socket with next to no room, which has subscribed to everything and reads nothing."""
    host, port = address.split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect((host, int(port)))
    raw.sendall(
        f"GET /ws HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = await asyncio.to_thread(raw.recv, 12)
    assert answer == b"HTTP/1.1 101"
    for name in BOARD_NAMES:
        text = json.dumps({"action": "subscribe", "feed": f"board:{name}"}).encode()
        raw.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
    return raw


async def _was_ended(raw: socket.socket) -> bool:
    """Tell whether the other side has reset the connection; reads nothing."""
    try:
        raw.send(bytes([0x8A, 0x80, 0, 0, 0, 0]))  # a pong, which may come unasked
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False
