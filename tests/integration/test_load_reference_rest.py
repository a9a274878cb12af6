"""The client of the vendor's REST API against a server that speaks it and fails: pages, rate, failures, memory."""

import asyncio
import datetime as dt
import os
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from schemas.clock import now_ms
from streams.feed import massive_rest_parts as parts
from streams.feed.backoff import Backoff
from streams.feed.daily_measures import history_days
from streams.feed.massive_rest import ATTEMPTS, MassiveRest
from streams.feed.massive_rest_cache import KEPT_MS, Cache
from streams.feed.massive_rest_protocol import NotInPlanError, Request, RestError
from streams.feed.ticker_lookup import fetch_reference
from streams.market.session import trading_day_of
from tests.support.rest_market import NEW, STEADY, fill, ticker_bars
from tests.support.rest_server import GROUPED, KEY, RestServer, Trouble, rest_server

DAY: Final = trading_day_of(dt.date(2025, 1, 6))
TICKERS: Final = "/v3/reference/tickers"
Client = Callable[..., MassiveRest]


@pytest.fixture
def server() -> Iterator[RestServer]:
    """Give a server that knows a small market."""
    with rest_server() as running:
        fill(running, DAY)
        yield running


@pytest.fixture
def client(server: RestServer) -> Client:
    """Return what makes a client of the server that loses no time."""
    quick = partial(Backoff, 0.001, 0.01, random.Random(1))
    return partial(MassiveRest, KEY, server.url, rate=1000.0, backoff=quick)


def age(folder: Path, milliseconds: int) -> None:
    """Make every answer kept in a folder so old."""
    for file in folder.rglob("*.gz"):
        os.utime(file, (0, (now_ms() - milliseconds) / 1000))


async def test_all_pages_are_read_from_the_host_that_was_named(server: RestServer, client: Client) -> None:
    """Wherever ``next_url`` points, the key goes nowhere else."""
    async with client() as rest:
        facts = await parts.listing(rest)

    assert list(facts) == ["STDY", "RVRS", "NEWC"]
    assert facts["NEWC"] == {"name": "NEWC Corp", "exchange": "XNAS", "kind": "ETF", "sector": "ETF"}
    assert [asked.params.get("cursor") for asked in server.asked] == [None, "2"]


async def test_failures_are_overcome(server: RestServer, client: Client) -> None:
    """Too many requests, a server's error, a cut connection, an answer that is no JSON: asked again until it is."""
    server.troubles.extend(
        [Trouble(TICKERS, 429), Trouble(TICKERS, 503), Trouble(TICKERS, 0), Trouble(TICKERS, 200, body=b"<html>")]
    )
    async with client() as rest:
        facts = await parts.listing(rest)

    assert len(facts) == 3
    assert rest.asked == 6
    assert not server.troubles


async def test_retry_after_holds_every_request_back(server: RestServer, client: Client) -> None:
    """Whoever asks meanwhile waits too: the limit is that of the key."""
    server.troubles.append(Trouble(TICKERS, 429, (("Retry-After", "0.4"),)))
    async with client() as rest:

        async def later() -> None:
            await asyncio.sleep(0.1)
            await parts.floats(rest)

        await asyncio.gather(parts.listing(rest), later())

    first, *others = [asked.at for asked in server.asked]
    assert min(others) - first >= 0.4


async def test_failures_that_stay_are_told_in_one_line(server: RestServer, client: Client) -> None:
    """After a bounded number of times, and nothing says the key."""
    server.troubles.extend([Trouble(TICKERS, 500)] * 50)
    async with client() as rest:
        with pytest.raises(RestError, match=f"{TICKERS}: the vendor answers 500, {ATTEMPTS} times") as raised:
            await parts.listing(rest)

    assert len(server.asked) == ATTEMPTS
    assert KEY not in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_nobody_there_is_told() -> None:
    """Nobody listens: one line."""
    backoff = partial(Backoff, 0.001, 0.002, random.Random(1))
    async with MassiveRest(KEY, "http://127.0.0.1:1", rate=1000.0, backoff=backoff) as rest:
        with pytest.raises(RestError, match=r"http://127\.0\.0\.1:1 does not answer \(ConnectError\)"):
            await parts.listing(rest)


async def test_a_wrong_key_is_told_at_once(server: RestServer) -> None:
    """Asking again would not help; what to set is said, the key is not."""
    async with MassiveRest("wrong-key", server.url) as rest:
        with pytest.raises(RestError, match=r"refuses the key .401.: set MASSIVE_API_KEY") as raised:
            await parts.listing(rest)

    assert len(server.asked) == 1
    assert "wrong-key" not in str(raised.value)


@pytest.mark.parametrize("status", [403, 404])
async def test_what_is_not_in_the_plan_is_an_error_of_its_own(server: RestServer, client: Client, status: int) -> None:
    """So that it can be left out."""
    server.troubles.append(Trouble("/stocks/vX/float", status))
    async with client() as rest:
        with pytest.raises(NotInPlanError, match=f"/stocks/vX/float: not in the plan .*{status}"):
            await parts.floats(rest)

    assert len(server.asked) == 1


async def test_requests_keep_to_the_rate(server: RestServer) -> None:
    """However many come at once."""
    async with MassiveRest(KEY, server.url, rate=40.0) as rest:
        await asyncio.gather(*(rest.get(Request.of(f"{TICKERS}/{STEADY}", {"n": n})) for n in range(12)))

    times = sorted(asked.at for asked in server.asked)
    assert times[-1] - times[0] >= 11 / 40 - 0.05


async def test_what_was_answered_is_not_asked_again(server: RestServer, client: Client, tmp_path: Path) -> None:
    """After an interruption the pages that came before it are read from disk, until they are too old."""
    server.troubles.extend([Trouble(TICKERS, 200, body=b'{"results": [{"ticker": "A"}], "next_url": "/x?cursor=1"}')])
    server.troubles.extend([Trouble("/x", 400)])
    async with client(cache=Cache(tmp_path, server.url)) as rest:
        with pytest.raises(RestError, match="/x: the vendor answers 400"):
            await parts.listing(rest)
    server.rows["/x"] = [{"ticker": "B"}, {"ticker": "C"}]
    for _ in range(2):
        async with client(cache=Cache(tmp_path, server.url)) as rest:
            assert list(await parts.listing(rest)) == ["A", "C"]

    assert server.paths() == [TICKERS, "/x", "/x"]
    age(tmp_path, KEPT_MS + 1000)
    async with client(cache=Cache(tmp_path, server.url)) as rest:
        assert list(await parts.listing(rest)) == ["STDY", "RVRS", "NEWC"]


async def test_past_days_are_kept_for_good(server: RestServer, client: Client, tmp_path: Path) -> None:
    """Grouped bars of a day long over; one without bars is asked for again."""
    before = trading_day_of(dt.date(2025, 1, 3))
    empty = trading_day_of(dt.date(2024, 12, 31))
    server.answers[f"{GROUPED}{empty.date}"] = {"status": "OK", "resultsCount": 0}
    async with client(cache=Cache(tmp_path, server.url)) as rest:
        bars, nothing = await parts.grouped(rest, before), await parts.grouped(rest, empty)
    age(tmp_path, 1000 * KEPT_MS)
    async with client(cache=Cache(tmp_path, server.url)) as rest:
        assert (await parts.grouped(rest, before)).equals(bars)
        assert (await parts.grouped(rest, empty)).equals(nothing)

    assert bars["ticker"].to_list() == ["STDY", "RVRS"]
    assert nothing.is_empty()
    assert server.paths().count(f"{GROUPED}{before.date}") == 1
    assert server.paths().count(f"{GROUPED}{empty.date}") == 2
    assert {asked.params["adjusted"] for asked in server.asked} == {"false"}


async def test_a_ticker_is_looked_up_by_requests_of_its_own(server: RestServer, client: Client) -> None:
    """Its daily bars, details, float and short interest make the record that a load of all would have made."""
    days = history_days(DAY)
    server.answers[f"/v2/aggs/ticker/{STEADY}/range/1/day/{days[0].date}/{days[-1].date}"] = ticker_bars(
        DAY, 10.0, 1000
    )
    async with client() as rest:
        found = await fetch_reference(rest, STEADY, DAY)
        new = await fetch_reference(rest, NEW, DAY)
        unknown = await fetch_reference(rest, "ZZZZ", DAY)

    assert found is not None
    assert (found.prev_close, found.avg_volume, found.float_shares, found.short_interest) == (10.0, 1000.0, 5e6, 30.0)
    assert (found.sector, found.market_cap, found.shares_outstanding) == ("GOLD AND SILVER ORES", 1e9, 7e6)
    assert found.atr == pytest.approx(1.0)
    assert new is not None
    assert (new.name, new.prev_close, new.avg_volume) == ("NEWC Corp", None, None)
    assert unknown is None
