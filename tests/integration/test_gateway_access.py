"""A real gateway that needs keys: who gets in, what for, and when it is over."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
import redis
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from streams.embedded_valkey import EmbeddedValkey
from tests.support.command_line import tickerboard
from tests.support.gateway import QUICK, Follower, answer_when, follower, gateway
from tests.support.workers import Workers

MARKET: Final = {"AAPL": {"price": 110.0, "change_pct": 10.0}, "NA": {"price": 0.5, "change_pct": 20.0}}
ELSEWHERE: Final = {"X-Forwarded-For": "192.0.2.7"}
"""What a proxy says of a client on another machine."""


class Guarded(NamedTuple):
    """A gateway that needs keys, and where it looks for them."""

    address: str
    store_url: str

    def keys(self, *arguments: str) -> str:
        """Run ``tickerboard keys`` and return what it prints."""
        ended = tickerboard("keys", *arguments, "--store-url", self.store_url)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def new_key(self, scopes: str = "boards,scans,symbols,alerts,halts,news") -> str:
        """Return the text of a new key."""
        return self.keys("create", "--name", "desk", "--scopes", scopes)


@pytest.fixture(scope="module")
def valkey() -> Iterator[EmbeddedValkey]:
    """Give a Valkey with a market in it."""
    with EmbeddedValkey() as server, redis.Redis.from_url(server.url) as client:
        Workers(client).write(MARKET)
        yield server


@pytest.fixture(scope="module")
def guarded(valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Give a gateway where everybody needs a key."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    with gateway(valkey.url, settings=needing_keys(store_url)) as address:
        yield Guarded(address, store_url)


def needing_keys(store_url: str, **more: str) -> Mapping[str, str]:
    """Return the settings of a gateway where everybody needs a key."""
    return {
        **QUICK,
        "TICKERBOARD_ACCESS": "keys",
        "TICKERBOARD_STORE_URL": store_url,
        "TICKERBOARD_STORE_SECONDS": "0.2",
        "TICKERBOARD_AUTH_SECONDS": "2",
        **more,
    }


@asynccontextmanager
async def shown(address: str, key: str) -> AsyncIterator[Follower]:
    """Give a client that has shown its key, and was let in."""
    async with follower(address) as client:
        await client.say(action="auth", key=key)
        assert (await client.next())["type"] == "authenticated"
        yield client


async def turned_away(client: Follower) -> tuple[str, int]:
    """Return with which error and close code a client was turned away."""
    error = await client.next()
    assert error["type"] == "error"
    return error["code"], await closed(client)


async def closed(client: Follower) -> int:
    """Return the code with which the gateway closes a socket."""
    with pytest.raises(ConnectionClosed):
        await client.until(lambda _: False)
    assert client.socket.close_code is not None
    return client.socket.close_code


async def ask(address: str, path: str, key: str = "", method: str = "GET", **headers: str) -> httpx.Response:
    """Ask by REST."""
    sent = {**headers, **({"Authorization": f"Bearer {key}"} if key else {})}
    async with httpx.AsyncClient() as client:
        return await client.request(method, f"http://{address}{path}", headers=sent)


async def usable(guarded: Guarded, key: str) -> str:
    """Return a key once the gateway knows it."""
    await answer_when(guarded.address, "/api/metrics", lambda answer: answer.status_code == 200, key)
    return key


async def test_a_key_opens_socket_and_rest(guarded: Guarded) -> None:
    """One that was made while the gateway runs; what it is for is said."""
    key = await usable(guarded, guarded.new_key())
    async with follower(guarded.address) as client:
        await client.say(action="auth", key=key)
        answer = await client.next()
        await client.say(action="subscribe", feed="board:gainers")
        rows = await client.until_rows("board:gainers", lambda rows: len(rows) == 2)
        await client.say(action="auth", key=key)
        again = await client.of_type("error")

    assert answer == {
        "type": "authenticated",
        "key": key[3:11],
        "name": "desk",
        "scopes": ["boards", "scans", "symbols", "alerts", "halts", "news"],
    }
    assert [row[0] for row in rows] == ["NA", "AAPL"]
    assert again["code"] == "already_authenticated"
    assert (await ask(guarded.address, "/api/boards/gainers", key)).status_code == 200


async def test_a_header_will_do_for_a_program(guarded: Guarded) -> None:
    """Then the socket is open at once; a wrong one is refused before there is a socket."""
    key = await usable(guarded, guarded.new_key())
    url = f"ws://{guarded.address}/ws"
    async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {key}"}) as socket:
        client = Follower(socket)
        await client.say(action="ping")
        await client.of_type("pong")
    with pytest.raises(InvalidStatus) as refused:
        await websockets.connect(url, additional_headers={"Authorization": f"Bearer {key}x"})
    assert refused.value.response.status_code == 401


@pytest.mark.parametrize("key", ["tb_nobodyshasnothinglikethishere12345", "", "AAAA", "tb_" + "a" * 32])
async def test_a_wrong_key_ends_the_socket(guarded: Guarded, key: str) -> None:
    """With a word, and a code of its own; nothing of the key comes back."""
    async with follower(guarded.address) as client:
        await client.say(action="auth", key=key)
        assert await turned_away(client) == ("invalid_key", 4403)
    answer = await ask(guarded.address, "/api/boards", key or "x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_key")
    assert not key or key not in answer.text


@pytest.mark.parametrize(
    "text", ['{"action":"subscribe","feed":"board:gainers"}', '{"action":"ping"}', '{"action":"auth"}', "{", "\x00"]
)
async def test_nothing_comes_before_the_key(guarded: Guarded, text: str) -> None:
    """Any other first message ends the socket."""
    async with follower(guarded.address) as client:
        await client.socket.send(text)
        assert await turned_away(client) == ("unauthorized", 4401)


async def test_a_client_that_shows_no_key_is_ended_in_time(guarded: Guarded) -> None:
    """And gets nothing before, not even a heartbeat."""
    async with follower(guarded.address) as client, asyncio.timeout(10):
        assert await turned_away(client) == ("unauthorized", 4401)


async def test_rest_needs_a_key_for_data_alone(guarded: Guarded) -> None:
    """Health, the page and what describes REST are for everybody."""
    for path in ("/api/boards", "/api/boards/gainers", "/api/scans", "/api/layouts", "/api/no-such-thing"):
        answer = await ask(guarded.address, path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    for path in ("/livez", "/readyz", "/openapi.json"):
        assert (await ask(guarded.address, path)).status_code == 200


async def test_a_key_sees_its_families_alone(guarded: Guarded) -> None:
    """By the socket, which lives on, and by REST."""
    key = await usable(guarded, guarded.new_key("boards,alerts"))
    async with shown(guarded.address, key) as client:
        refused = []
        for message in (
            {"feed": "symbol:AAPL"},
            {"scan": {"filter": "price > 1"}},
            {"feed": ["board:gainers", "scan:volume"]},
        ):
            await client.say(action="subscribe", **message)
            refused.append((await client.of_type("error"))["code"])
        await client.say(action="subscribe", feed="board:gainers")
        await client.until_rows("board:gainers", lambda rows: len(rows) == 2)
    answers = [await ask(guarded.address, path, key) for path in ("/api/boards", "/api/symbols/AAPL", "/api/scans")]

    assert refused == ["missing_scope"] * 3
    assert [answer.status_code for answer in answers] == [200, 403, 403]


async def test_a_key_is_rotated_without_a_restart(guarded: Guarded) -> None:
    """Both are valid for a while; then the old one is not, and its sockets are ended."""
    old = await usable(guarded, guarded.new_key())
    async with shown(guarded.address, old) as early:
        new = await usable(guarded, guarded.keys("rotate", old[3:11], "--grace-minutes", "0.08"))
        async with shown(guarded.address, old), shown(guarded.address, new) as staying:
            error = await early.of_type("error")
            assert (error["code"], await closed(early)) == ("invalid_key", 4403)
            await staying.say(action="ping")
            await staying.of_type("pong")
    assert [(await ask(guarded.address, "/api/boards", key)).status_code for key in (old, new)] == [401, 200]
    assert new[:11] == old[:11]


async def test_a_revoked_key_is_over_within_seconds(guarded: Guarded) -> None:
    """For open sockets too; others do not notice."""
    key, other = await usable(guarded, guarded.new_key()), await usable(guarded, guarded.new_key())
    async with shown(guarded.address, key) as client, shown(guarded.address, other) as staying:
        await client.say(action="subscribe", feed="board:gainers")
        guarded.keys("revoke", key[3:11])
        async with asyncio.timeout(10):
            error = await client.of_type("error")
            assert (error["code"], await closed(client)) == ("invalid_key", 4403)
        await staying.say(action="ping")
        await staying.of_type("pong")
    assert (await ask(guarded.address, "/api/boards", key)).status_code == 401
    listed = guarded.keys("list")
    assert key[11:] not in listed
    assert "revoked" in next(line for line in listed.splitlines() if line.startswith(key[3:11]))


async def test_a_key_has_so_many_sockets(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """One more is turned away; once one has left there is room again."""
    settings = needing_keys(f"sqlite:///{tmp_path}/store.db", TICKERBOARD_SOCKETS_PER_KEY="2")
    with gateway(valkey.url, settings=settings) as address:
        guarded = Guarded(address, settings["TICKERBOARD_STORE_URL"])
        key = await usable(guarded, guarded.new_key())
        async with shown(address, key), shown(address, key), follower(address) as client:
            await client.say(action="auth", key=key)
            assert await turned_away(client) == ("too_many_sockets", 4429)
        async with asyncio.timeout(5), shown(address, key):
            pass


async def test_this_machine_gets_in_by_itself(valkey: EmbeddedValkey) -> None:
    """Where that is allowed, as it is by default; others, and pages of others, do not."""
    with gateway(valkey.url, settings={**QUICK, "TICKERBOARD_SOCKETS_PER_ADDRESS": "1"}) as address:
        url, own = f"ws://{address}/ws", f"http://{address}"
        async with follower(address) as client, websockets.connect(url, origin=websockets.Origin(own)) as page:
            await client.say(action="ping")
            await client.of_type("pong")
            await Follower(page).of_type("heartbeat")
        for origin in ("https://evil.example", "http://localhost:1", "null"):
            with pytest.raises(InvalidStatus) as refused:
                await websockets.connect(url, origin=websockets.Origin(origin))
            assert refused.value.response.status_code == 403
        posted = await ask(address, "/api/scans", method="POST", origin="https://evil.example")
        rebound = await ask(address, "/api/boards", host="rebound.example")
        forwarded = await ask(address, "/api/boards", **ELSEWHERE)
        assert [answer.status_code for answer in (posted, rebound, forwarded)] == [403, 401, 401]
        async with websockets.connect(url, additional_headers=ELSEWHERE) as waiting:
            with pytest.raises(InvalidStatus) as refused:
                await websockets.connect(url, additional_headers=ELSEWHERE)
            assert refused.value.response.status_code == 429
            await waiting.send('{"action":"ping"}')
            assert await turned_away(Follower(waiting)) == ("unauthorized", 4401)


async def test_a_named_origin_may_connect(valkey: EmbeddedValkey) -> None:
    """From a page of another host; what it asks by REST it may read, and pages of others may not."""
    desk, asking = "https://desk.example", {"access-control-request-method": "PUT"}
    with gateway(valkey.url, settings={**QUICK, "TICKERBOARD_ORIGINS": f"{desk}/"}) as address:
        async with websockets.connect(f"ws://{address}/ws", origin=websockets.Origin(desk)) as page:
            await Follower(page).of_type("heartbeat")
        before = await ask(address, "/api/layouts/x", method="OPTIONS", origin=desk, **asking)
        evil = await ask(address, "/api/layouts/x", method="OPTIONS", origin="https://evil.example", **asking)
        read = await ask(address, "/api/boards", origin=desk)
        other = await ask(address, "/api/boards", origin="https://evil.example")

    allowed = [answer.headers.get("access-control-allow-origin") for answer in (before, evil, read, other)]
    assert allowed == [desk, None, desk, None]
    assert [before.status_code, evil.status_code] == [200, 400]


async def test_an_open_gateway_lets_in_whoever_knows_its_name(valkey: EmbeddedValkey) -> None:
    """A page whose own name was made to lead here is of the origin that it asks for, and gets nothing all the same."""
    settings = {**QUICK, "TICKERBOARD_ACCESS": "open", "TICKERBOARD_ORIGINS": "http://boards.example"}
    with gateway(valkey.url, settings=settings) as address:
        port = int(address.rpartition(":")[2])

        def asking_for(name: str) -> websockets.connect:
            named = f"{name}:{port}"
            origin = websockets.Origin(f"http://{named}")
            return websockets.connect(f"ws://{named}/ws", origin=origin, host="127.0.0.1", port=port, proxy=None)

        for name in ("127.0.0.1", "localhost", "boards.example"):
            async with asking_for(name) as page:
                await Follower(page).of_type("heartbeat")
            assert (await ask(address, "/api/boards", host=f"{name}:{port}")).status_code == 200
        with pytest.raises(InvalidStatus) as refused:
            await asking_for("rebound.example")
        assert refused.value.response.status_code == 403
        assert (await ask(address, "/api/boards", host=f"rebound.example:{port}")).status_code == 403


async def test_no_depth_of_a_message_ends_a_socket(guarded: Guarded) -> None:
    """Nor is it taken for more than a message that shows no key."""
    key = await usable(guarded, guarded.new_key())
    depths = [*range(900, 1000), 5000]
    nested = [f'{{"action":"subscribe","feed":"board:gainers","limit":{"[" * depth}{"]" * depth}}}' for depth in depths]
    async with shown(guarded.address, key) as client:
        for text in nested:
            await client.socket.send(text)
            assert (await client.of_type("error"))["code"] in ("bad_limit", "bad_json")
    for text in nested[::10]:
        async with follower(guarded.address) as client:
            await client.socket.send(text)
            assert await turned_away(client) == ("unauthorized", 4401)


async def test_too_many_messages_are_refused_and_the_socket_lives(valkey: EmbeddedValkey) -> None:
    """A flood without end ends it."""
    with gateway(valkey.url, settings={**QUICK, "TICKERBOARD_MESSAGES_PER_SECOND": "5"}) as address:
        async with follower(address) as client:
            for _ in range(80):
                await client.say(action="ping")
            answers = [await _answer(client) for _ in range(80)]
            assert answers[:50] == ["pong"] * 50
            assert answers.count("too_many_messages") >= 5
            await asyncio.sleep(1)
            await client.say(action="ping")
            assert await _answer(client) == "pong"
        async with follower(address) as flooding:
            with pytest.raises(ConnectionClosed):
                await _flood(flooding)
            assert flooding.socket.close_code == 1008


async def test_too_many_requests_are_refused(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Of one key, or of one address elsewhere; this machine's own and other keys do not notice."""
    settings = {**needing_keys(f"sqlite:///{tmp_path}/store.db"), "TICKERBOARD_REQUESTS_PER_SECOND": "2"}
    with gateway(valkey.url, settings=settings) as address:
        guarded = Guarded(address, settings["TICKERBOARD_STORE_URL"])
        key, other = [await usable(guarded, guarded.new_key()) for _ in range(2)]
        of_key = [(await ask(address, "/api/metrics", key)).status_code for _ in range(25)]
        elsewhere = [(await ask(address, "/api/metrics", **ELSEWHERE)).status_code for _ in range(25)]
        assert (await ask(address, "/api/metrics", other)).status_code == 200

    assert set(of_key) == {200, 429}
    assert set(elsewhere) == {401, 429}


async def test_a_socket_follows_so_many_scans(valkey: EmbeddedValkey) -> None:
    """One that it follows already is none too many."""
    with gateway(valkey.url, settings={**QUICK, "TICKERBOARD_SCANS": "2"}) as address:
        async with follower(address) as client:
            said = []
            for least in (1, 2, 2, 3):
                await client.say(action="subscribe", scan={"filter": f"price > {least}"})
                answer: dict[str, Any] = await client.until(lambda found: found["type"] in ("subscribed", "error"))
                said.append(answer.get("code", answer["type"]))
            await client.say(action="subscribe", feed="board:gainers")
            await client.of_type("subscribed")

    assert said == ["subscribed", "subscribed", "subscribed", "too_many_scans"]


async def _answer(client: Follower) -> str:
    """Return what a message was answered: its error's code, or its type."""
    message = await client.until(lambda message: message["type"] != "heartbeat")
    return str(message.get("code", message["type"]))


async def _flood(client: Follower) -> None:
    """Send and read without end."""

    async def read() -> None:
        while True:
            await client.next()

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(20):
            while not reading.done():
                for _ in range(100):
                    await client.socket.send(json.dumps({"action": "ping"}))
                await asyncio.sleep(0)
    finally:
        await reading
