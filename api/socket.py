"""One client's ``/ws``: a loop that reads what it asks."""

import asyncio
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from api import messages, requests
from api.frames import Message
from api.hub import Client, Hub
from api.refusals import Refusal
from api.transport import PlainLink, link_of
from schemas.clock import now_ms


async def serve(socket: WebSocket, hub: Hub, greet: Callable[[], Message]) -> None:
    """Serve a client until it leaves or is dropped; ``greet()`` is its first heartbeat."""
    await socket.accept()
    link = link_of(socket)
    client = Client(link)
    hub.join(client)
    client.mailbox.beat(greet())
    sender = asyncio.create_task(link.run(), name="socket sender") if isinstance(link, PlainLink) else None
    try:
        hub.serve(client)
        await _receive(socket, client, hub)
    except WebSocketDisconnect:
        pass  # the ordinary end
    finally:
        hub.leave(client)
        if sender is not None:
            sender.cancel()
            await asyncio.wait([sender])


async def _receive(socket: WebSocket, client: Client, hub: Hub) -> None:
    """Answer one message after the other; a client that does not read its answers is not read either."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        _answer(client, hub, event.get("text") or event.get("bytes") or b"")
        hub.serve(client)
        while not client.mailbox.has_room:
            await asyncio.sleep(0.01)
            hub.serve(client)


def _answer(client: Client, hub: Hub, text: str | bytes) -> None:
    try:
        match requests.parse(text, hub.scan):
            case requests.Ping():
                hub.reply(client, messages.pong(now_ms()))
            case requests.Subscribe(topics, scans, since):
                hub.subscribe(client, topics, scans, since)
            case requests.Unsubscribe(feeds):
                hub.unsubscribe(client, feeds)
    except Refusal as refusal:
        hub.reply(client, messages.error(refusal))
