"""One client's ``/ws``: a loop that reads what it asks, and a task that sends what its mailbox holds."""

import asyncio
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from api import messages, requests
from api.hub import Client, Hub
from api.transport import drop_of
from schemas.clock import monotonic, now_ms


async def serve(socket: WebSocket, hub: Hub, greet: Callable[[], str]) -> None:
    """Serve a client until it leaves or is dropped; ``greet()`` is its first heartbeat."""
    await socket.accept()
    client = Client(drop_of(socket.scope))
    hub.join(client)
    client.beat(greet())
    sender = asyncio.create_task(_send(socket, client, hub), name="socket sender")
    try:
        await _receive(socket, client, hub)
    except WebSocketDisconnect:
        pass  # the ordinary end
    finally:
        hub.leave(client)
        sender.cancel()
        await asyncio.wait([sender])


async def _receive(socket: WebSocket, client: Client, hub: Hub) -> None:
    """Answer one message after the other; a client that does not read its answers is not read either."""
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        _answer(client, hub, event.get("text") or event.get("bytes") or b"")
        while not client.mailbox.has_room:
            client.bell.set()
            await asyncio.sleep(0.01)


def _answer(client: Client, hub: Hub, text: str | bytes) -> None:
    try:
        command = requests.parse(text)
        if command.topic is None:
            client.reply(messages.pong(now_ms()))
        elif command.action == "subscribe":
            hub.subscribe(client, command.topic)
        else:
            hub.unsubscribe(client, command.topic)
    except requests.Refusal as refusal:
        client.reply(messages.error(refusal))


async def _send(socket: WebSocket, client: Client, hub: Hub) -> None:
    """Send whatever is newest whenever the socket takes it; meanwhile the mailbox conflates."""
    while True:
        await client.bell.wait()
        client.bell.clear()
        while (text := client.mailbox.take(hub.frame_after)) is not None:
            client.sending_since = monotonic()
            try:
                await socket.send({"type": "websocket.send", "text": text})
            except (WebSocketDisconnect, RuntimeError):
                return  # it left meanwhile; the receiving loop ends by the same news
            client.sending_since = None
