"""One client's ``/ws``: a loop that reads what it asks."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from starlette.websockets import WebSocket, WebSocketDisconnect

from api import messages, requests
from api.clients import Client
from api.entrance import INVALID_KEY, Entrance, Session, close_code
from api.event_requests import Listen
from api.frames import Message
from api.hub import POLICY_VIOLATION, Hub
from api.meter import Verdict
from api.refusals import Code, Refusal
from api.transport import PlainLink, link_of
from schemas.clock import monotonic, now_ms

CELLS: Final = 20_000
"""Values that a message may ask for at no more than its own price; as many again cost as much as a message does."""
TOO_MANY: Final = Refusal(Code.TOO_MANY_MESSAGES, "too many messages a second; this one was not read")


async def serve(
    socket: WebSocket, hub: Hub, greet: Callable[[], Message], entrance: Entrance, find: requests.FindScan
) -> None:
    """Let a client in and serve it until it leaves or is dropped; ``greet()`` is its first heartbeat."""
    async with entrance.admitted(socket) as session:
        if session is not None:
            await _serve(socket, Conversation(session, hub, entrance, find), greet)


class Conversation(NamedTuple):
    """What the messages of one client are answered from."""

    session: Session
    hub: Hub
    entrance: Entrance
    find: requests.FindScan


async def _serve(socket: WebSocket, conversation: Conversation, greet: Callable[[], Message]) -> None:
    link = link_of(socket)
    client = Client(link)
    session, hub = conversation.session, conversation.hub
    hub.join(client)
    if session.greeting is not None:
        client.mailbox.reply(session.greeting)
    client.mailbox.beat(greet())
    session.end = partial(_end, client, hub, INVALID_KEY)
    sender = asyncio.create_task(link.run(), name="socket sender") if isinstance(link, PlainLink) else None
    try:
        hub.serve(client)
        await _receive(socket, client, conversation)
    except WebSocketDisconnect:
        pass  # the ordinary end
    finally:
        hub.leave(client)
        if sender is not None:
            sender.cancel()
            await asyncio.wait([sender])


async def _receive(socket: WebSocket, client: Client, conversation: Conversation) -> None:
    """Answer one message after the other; a client that does not read its answers is not read either."""
    session, hub = conversation.session, conversation.hub
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return
        match session.meter.count(monotonic()):
            case Verdict.ANSWER:
                _answer(client, conversation, event.get("text") or event.get("bytes") or b"")
            case Verdict.REFUSE:
                hub.reply(client, messages.error(TOO_MANY))
            case Verdict.END:
                _end(client, hub, POLICY_VIOLATION, TOO_MANY)
                await _ended(socket)
                return
        hub.serve(client)
        while not client.mailbox.has_room:
            await asyncio.sleep(0.01)
            hub.serve(client)


async def _ended(socket: WebSocket) -> None:
    """Read on, without a look at it, until the connection is at its end."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


def _answer(client: Client, conversation: Conversation, text: str | bytes) -> None:
    session, hub, _, find = conversation
    try:
        asked = requests.parse(text, session.finding(find))
        session.meter.charge(_cost(asked))
        match asked:
            case requests.Ping():
                hub.reply(client, messages.pong(now_ms()))
            case requests.Auth(key):
                _authenticate(client, conversation, key)
            case requests.Subscribe(topics, scans, since):
                session.check((topic.feed for topic in topics), (feed.topic.feed for feed in client.mailbox.topics))
                hub.subscribe(client, topics, scans, since)
            case requests.Get(topics, scans):
                session.check((topic.feed for topic in topics), ())
                hub.tell(client, topics, scans)
            case Listen():
                session.check([asked.feed], client.cursors)
                hub.listen(client, asked)
            case requests.Unsubscribe(feeds):
                hub.unsubscribe(client, feeds)
    except Refusal as refusal:
        hub.reply(client, messages.error(refusal))


def _cost(asked: requests.Command) -> int:
    """Return what answering costs beyond the message itself, in messages: for values to be told, and for filters."""
    match asked:
        case requests.Subscribe(topics, scans) | requests.Get(topics, scans):
            cells = sum(topic.limit * len(topic.columns) for topic in topics)
            return cells // CELLS + sum(scan.condition is not None for scan in scans)
        case Listen(wanted=wanted):
            return int(bool(wanted.filter))
        case _:
            return 0


def _authenticate(client: Client, conversation: Conversation, key: str) -> None:
    """Make the socket that of a key; a wrong one ends it."""
    try:
        conversation.hub.reply(client, conversation.entrance.authenticate(conversation.session, key))
    except Refusal as refusal:
        if refusal.code is Code.ALREADY_AUTHENTICATED:
            raise
        _end(client, conversation.hub, close_code(refusal), refusal)


def _end(client: Client, hub: Hub, code: int, refusal: Refusal) -> None:
    """End a client with a word."""
    hub.reply(client, messages.error(refusal))
    hub.serve(client)
    client.link.close(code, refusal.code)
