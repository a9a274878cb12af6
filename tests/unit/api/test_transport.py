"""``api.transport``: the contract of both links, on uvicorn itself with a real client at the other end."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.frames import Bundle, Message
from api.transport import LONGEST_AWAY_MS, DirectLink, DirectProtocol, Link, PlainLink, link_of

Script = Callable[[Link], Awaitable[None]]
SMALL, LARGE = Message(b'{"n": 1}'), Message(b'{"rows": "' + b"abcdefgh" * 3000 + b'"}')
PATIENCE_SECONDS = 10


@asynccontextmanager
async def serving(script: Script, protocol: type) -> AsyncIterator[str]:
    """Serve one endpoint that does ``script`` with its link and then reads on; give its address."""

    async def endpoint(connection: WebSocket) -> None:
        await connection.accept()
        link = link_of(connection)
        sender = asyncio.create_task(link.run()) if isinstance(link, PlainLink) else None
        try:
            await script(link)
            while True:
                await connection.receive_text()
        except WebSocketDisconnect:
            pass
        finally:
            if sender is not None:
                sender.cancel()

    app = Starlette(routes=[WebSocketRoute("/ws", endpoint)])
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, ws=protocol, ws_per_message_deflate=False, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/ws"
    finally:
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        server.should_exit = True
        await running
        await asyncio.sleep(0.01)  # aborted transports close in the loop's next round


KINDS = pytest.mark.parametrize(
    ("protocol", "kind"), [(DirectProtocol, DirectLink), (WebSocketsSansIOProtocol, PlainLink)]
)


@KINDS
@pytest.mark.parametrize("compression", ["deflate", None])
async def test_messages_arrive_whole_and_in_order(protocol: type, kind: type, compression: Any) -> None:  # noqa: ANN401
    """Those sent together and those sent after, deflated for whoever agreed to it."""
    kinds: list[type] = []

    async def script(link: Link) -> None:
        kinds.append(type(link))
        link.send(Bundle([SMALL, LARGE, SMALL]))
        link.send(Bundle([LARGE]))

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        serving(script, protocol) as address,
        websockets.connect(address, compression=compression) as client,
    ):
        got = [await client.recv() for _ in range(4)]
        await client.send("hello")
        pong = await client.ping()
        await pong

    assert got == [SMALL.text, LARGE.text, SMALL.text, LARGE.text]
    assert kinds == [kind]


async def test_deflate_saves_bytes_on_the_wire() -> None:
    """The shared frame is what the client inflates: 24 KB of text are well below one."""

    async def script(link: Link) -> None:
        link.send(Bundle([LARGE]))

    async with asyncio.timeout(PATIENCE_SECONDS), serving(script, DirectProtocol) as address:
        host, port = address.removeprefix("ws://").removesuffix("/ws").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        first = await reader.readexactly(1)
        writer.close()

    assert b"server_no_context_takeover" in head
    assert first == b"\xc1"
    assert len(LARGE.deflated) < 1000


async def test_a_client_with_a_smaller_window_gets_plain_frames() -> None:
    """Shared frames need the whole window; it understands the others just as well."""
    window = websockets.extensions.permessage_deflate.ClientPerMessageDeflateFactory(server_max_window_bits=10)

    async def script(link: Link) -> None:
        link.send(Bundle([LARGE]))

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        serving(script, DirectProtocol) as address,
        websockets.connect(address, compression=None, extensions=[window]) as client,
    ):
        assert await client.recv() == LARGE.text


@KINDS
async def test_a_close_is_behind_what_waits_and_says_why(protocol: type, kind: type) -> None:
    """The client reads all there is, then the reason."""

    async def script(link: Link) -> None:
        link.send(Bundle([LARGE]))
        link.close(1008, "because")

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        serving(script, protocol) as address,
        websockets.connect(address) as client,
    ):
        assert await client.recv() == LARGE.text
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await client.recv()

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "because")
    assert kind in (DirectLink, PlainLink)


async def never_reading(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Return a connection whose client has said hello and takes next to nothing of what comes."""
    host, port = address.removeprefix("ws://").removesuffix("/ws").split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(0)
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return reader, writer


@KINDS
async def test_what_a_client_does_not_read_waits_and_nobody_else_does(
    monkeypatch: pytest.MonkeyPatch, protocol: type, kind: type
) -> None:
    """Sending returns at once; ``waiting`` says how much the system has not taken."""
    monkeypatch.setattr("api.transport.GRACE_SECONDS", 0.1)
    links: list[Link] = []
    full: asyncio.Queue[int] = asyncio.Queue()

    async def script(link: Link) -> None:
        links.append(link)
        for _ in range(400):
            link.send(Bundle([Message(LARGE.payload)]))
        full.put_nowait(link.waiting())

    async with asyncio.timeout(PATIENCE_SECONDS), serving(script, protocol) as address:
        reader, writer = await never_reading(address)
        waiting = await full.get()
        links[0].close(1008, "too slow")
        if kind is DirectLink:
            await asyncio.sleep(0.3)
            with pytest.raises(ConnectionResetError):
                await reader.read()
        writer.transport.abort()
        await asyncio.sleep(0.01)

    assert 0 < waiting <= 400 * len(LARGE.plain)


async def test_a_client_that_does_not_read_its_end_is_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word that ends it waits behind all it has not read; nothing of it is kept for long."""
    monkeypatch.setattr("api.transport.GRACE_SECONDS", 0.2)

    async def script(link: Link) -> None:
        for _ in range(400):
            link.send(Bundle([Message(LARGE.payload)]))
        link.close(1008, "too slow")

    async with asyncio.timeout(PATIENCE_SECONDS), serving(script, DirectProtocol) as address:
        reader, writer = await never_reading(address)
        await asyncio.sleep(0.5)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.transport.abort()
        await asyncio.sleep(0.01)


async def test_a_client_that_says_goodbye_and_does_not_read_is_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its close frame does not let it keep what waits for it."""
    monkeypatch.setattr("api.transport.GRACE_SECONDS", 0.2)
    sent = asyncio.Event()

    async def script(link: Link) -> None:
        for _ in range(400):
            link.send(Bundle([Message(LARGE.payload)]))
        sent.set()

    async with asyncio.timeout(PATIENCE_SECONDS), serving(script, DirectProtocol) as address:
        reader, writer = await never_reading(address)
        await sent.wait()
        writer.write(bytes([0x88, 0x80, 0, 0, 0, 0]))
        await asyncio.sleep(0.6)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.transport.abort()
        await asyncio.sleep(0.01)


async def test_clients_are_told_when_to_come_back() -> None:
    """A gateway that is asked to stop sends everybody away with a word; the code says that it restarts."""
    app = Starlette(routes=[WebSocketRoute("/ws", read_on)])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, ws=DirectProtocol, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        websockets.connect(f"ws://127.0.0.1:{listener.getsockname()[1]}/ws") as client,
    ):
        server.should_exit = True
        hint = json.loads(await client.recv())
        with pytest.raises(websockets.ConnectionClosedError) as closed:
            await client.recv()
    await running

    assert hint["type"] == "reconnect"
    assert 0 <= hint["after_ms"] < LONGEST_AWAY_MS
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


async def read_on(connection: WebSocket) -> None:
    """Accept a client and read until it leaves."""
    await connection.accept()
    async for _ in connection.iter_text():
        pass


async def test_after_the_end_nothing_is_written() -> None:
    """A message that comes too late is no error."""
    done = asyncio.Event()

    async def script(link: Link) -> None:
        link.close(1001, "")
        link.send(Bundle([SMALL]))
        link.close(1008, "again")
        done.set()

    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        serving(script, DirectProtocol) as address,
        websockets.connect(address) as client,
    ):
        await done.wait()
        with pytest.raises(websockets.ConnectionClosedOK):
            await client.recv()
