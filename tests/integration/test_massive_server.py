"""The simulated vendor as its official client sees it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Any

import numpy as np
import pytest
from massive import WebSocketClient
from massive.exceptions import AuthError
from massive.websocket.models import EquityAgg, EquityQuote, EquityTrade, LimitUpLimitDown
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from streams.feed.market_columns import Bars
from streams.feed.market_model import Market
from streams.feed.massive_server import Limits, MassiveServer, Pace
from streams.feed.massive_server_protocol import Refuse

pytestmark = pytest.mark.integration
OPEN = 330 * 60
FAST = Pace(start=OPEN - 60, until=OPEN + 120, speed=None, prefill=False)


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a market of 60 tickers."""
    return Market(2, date(2026, 11, 20), 60)


@asynccontextmanager
async def served(market: Market, pace: Pace = FAST, limits: Limits | None = None) -> AsyncIterator[MassiveServer]:
    """Yield a server whose day runs in the background."""
    server = MassiveServer(market, frozenset({"good"}), pace, limits)
    await server.start()
    day = asyncio.create_task(server.run_day())
    try:
        yield server
    finally:
        day.cancel()
        await server.close()


def client(server: MassiveServer, key: str, channels: list[str], *, raw: bool = False) -> WebSocketClient:
    """Return the official client, pointed at the server."""
    return WebSocketClient(
        api_key=key, feed=f"127.0.0.1:{server.port}", secure=False, raw=raw, subscriptions=channels, max_reconnects=0
    )


async def collected(one: WebSocketClient, enough: Callable[[list[Any]], bool]) -> list[Any]:
    """Run a client until it has enough, and return what its callback was given."""
    found: list[Any] = []
    done = asyncio.Event()

    async def keep(part: Any) -> None:  # noqa: ANN401 - the client's own callback type
        found.extend(part if isinstance(part, list) else [part])
        if enough(found):
            done.set()

    task = asyncio.create_task(one.connect(keep))
    try:
        await asyncio.wait_for(done.wait(), 20)
    finally:
        task.cancel()
    return found


async def test_the_official_client_parses_every_kind_of_message(market: Market) -> None:
    """Bars of both lengths, trades, quotes and bands arrive as the client's own models, the numbers unchanged."""
    async with served(market) as server:
        kinds = {"A", "AM", "T", "Q", "LULD"}
        one = client(server, "good", [f"{kind}.*" for kind in kinds])
        found = await collected(
            one, lambda all_so_far: {model.event_type for model in all_so_far} == kinds and len(all_so_far) > 500
        )

    bars = [model for model in found if isinstance(model, EquityAgg) and model.event_type == "A"]
    expected = {
        (market.symbols[ticker], start): close
        for minute in (329, 330, 331)
        for bars_of in [market.second_bars(minute)]
        for ticker, start, close in zip(bars_of.ticker, bars_of.start.tolist(), bars_of.close.tolist(), strict=True)
    }
    known = [(expected.get((bar.symbol, bar.start_timestamp)), bar.close) for bar in bars]
    assert sum(ours == theirs for ours, theirs in known) > 0.9 * len(known) > 0
    assert all(bar.end_timestamp == bar.start_timestamp + 1000 for bar in bars)
    assert all(isinstance(model.symbol, str) for model in found)
    assert any(isinstance(model, EquityTrade) and model.conditions for model in found)
    quotes = [model for model in found if isinstance(model, EquityQuote)]
    assert all(quote.bid_price < quote.ask_price and quote.ask_size >= 100 for quote in quotes)
    assert any(isinstance(model, LimitUpLimitDown) and model.timestamp > 10**18 for model in found)


async def test_raw_frames_are_arrays_in_the_vendors_names(market: Market) -> None:
    """In raw mode each frame is a JSON array whose bars have exactly the vendor's fields; no open before the open."""
    async with served(market) as server:
        frames = await collected(client(server, "good", ["A.*"], raw=True), lambda found: len(found) > 100)

    events = [event for frame in frames for event in json.loads(frame) if event["ev"] == "A"]
    names = {"ev", "sym", "v", "av", "vw", "o", "c", "h", "l", "a", "z", "s", "e", "dv", "dav"}
    assert all(set(event) - {"op", "otc"} == names for event in events)
    assert all(("op" in event) == (event["s"] >= market.day.open) or event["s"] >= market.day.open for event in events)
    assert all(float(event["dv"]) == event["v"] for event in events)
    assert all(event.get("otc", True) is True for event in events)


async def test_a_wrong_key_is_an_auth_error(market: Market) -> None:
    """The client raises what it raises for the vendor's answer."""
    async with served(market) as server:
        with pytest.raises(AuthError, match="authentication failed"):
            await asyncio.wait_for(client(server, "bad", ["A.*"]).connect(print), 10)


async def test_an_unknown_channel_does_not_stop_the_others(market: Market) -> None:
    """Beside a channel that does not exist the known one delivers, and the error is in a status."""
    async with served(market) as server:
        frames = await collected(client(server, "good", ["NOPE.*", "A.*"], raw=True), lambda found: len(found) > 3)

    events = [event for frame in frames for event in json.loads(frame)]
    assert ("error", "unknown channel: NOPE.*") in {(event.get("status"), event.get("message")) for event in events}
    assert any(event["ev"] == "A" for event in events)


@pytest.mark.parametrize("refuse", list(Refuse))
async def test_one_connection_of_a_key_is_too_many(market: Market, refuse: Refuse) -> None:
    """One of the two hears ``max_connections`` and is closed with 1008, the other goes on."""
    slow = Pace(start=OPEN, speed=1.0, prefill=False, wait_for_client=False)
    async with served(market, slow, Limits(refuse=refuse)) as server:
        url = f"ws://127.0.0.1:{server.port}/stocks"
        async with connect(url) as first, connect(url) as second:
            for one in (first, second):
                await one.recv()
                await one.send('{"action":"auth","params":"good"}')
                assert json.loads(await one.recv())[0]["status"] == "auth_success"
            refused, kept = (second, first) if refuse is Refuse.NEWEST else (first, second)
            assert json.loads(await refused.recv())[0]["status"] == "max_connections"
            with pytest.raises(ConnectionClosedError) as closed:
                await refused.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            await kept.send('{"action":"subscribe","params":"A.*"}')
            assert json.loads(await kept.recv())[0]["status"] == "success"
            assert json.loads(await asyncio.wait_for(kept.recv(), 5))[0]["ev"] == "A"


async def test_a_reader_that_stops_is_told_and_closed(market: Market) -> None:
    """When its buffer is full a client hears ``slow_consumer`` and is closed; a reader beside it is not disturbed."""
    pace = Pace(start=OPEN, speed=600.0, prefill=False)
    async with (
        served(market, pace, Limits(buffer_bytes=200_000)) as server,
        connect(f"ws://127.0.0.1:{server.port}/stocks", max_queue=1) as one,
    ):
        for request in ('{"action":"auth","params":"good"}', '{"action":"subscribe","params":"A.*,T.*"}'):
            await one.recv()
            await one.send(request)
        await asyncio.sleep(2)
        frames: list[str | bytes] = []
        with suppress(ConnectionClosedError):
            while True:
                frames.append(await one.recv())
        assert one.close_code == 1008

    assert json.loads(frames[-1])[0]["status"] == "slow_consumer"


async def test_what_came_before_the_start_is_filled_in(market: Market) -> None:
    """With ``prefill`` a client that subscribes first gets the day from 04:00, each bar once, in order of time."""
    minutes = range(20)
    expected = [(int(start), int(ticker)) for minute in minutes for start, ticker in keys(market.second_bars(minute))]
    again = [(int(start), int(ticker)) for minute in minutes for start, ticker in keys(market.corrections(minute)[1])]
    pace = Pace(start=20 * 60 - 1, until=20 * 60, speed=1.0)
    async with served(market, pace) as server:
        events = await collected(
            client(server, "good", ["A.*"]), lambda found: len(found) >= len(expected) + len(again)
        )

    got = [(event.start_timestamp, market.symbols.index(event.symbol)) for event in events]
    assert sorted(got) == sorted(expected + again)
    assert [bar for bar in dict.fromkeys(got) if bar not in again] == [bar for bar in expected if bar not in again]


def keys(bars: Bars) -> Iterator[tuple[np.int64, np.int32]]:
    """Return start and ticker of each bar."""
    return zip(bars.start, bars.ticker, strict=True)
