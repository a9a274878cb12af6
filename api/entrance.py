"""The way in for sockets and requests: origin, key, places; and the way out for those whose key is taken away."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from api import messages, requests
from api.access import Access, Caller, Places, Visitor
from api.frames import Message
from api.meter import Meter
from api.problems import response_to
from api.refusals import Code, Refusal
from api.scans import Scan
from api.settings import Settings
from api.store.store import Store
from schemas.clock import monotonic, now_ms

UNAUTHORIZED: Final = 4401
"""Close code: no key was shown."""
INVALID_KEY: Final = 4403
"""Close code: the key is wrong, or has been taken away."""
TOO_MANY_SOCKETS: Final = 4429
"""Close code: the key has as many sockets as it may have."""
FIRST: Final = 'the first message has to be {"action": "auth", "key": "tb_…"}'


class Session:
    """One socket that was let in: whose it is, and what it may do."""

    def __init__(self, caller: Caller, settings: Settings) -> None:
        """Take whose it is."""
        self.caller = caller
        self.meter = Meter(settings.messages_per_second, monotonic())
        self.greeting: Message | None = None
        """The answer to the key that it has shown."""
        self.end: Callable[[Refusal], None] | None = None
        """Ends it with a word; there is none before it is served."""
        self._scans = settings.scans

    def check(self, feeds: Iterable[str], followed: Iterable[str]) -> None:
        """Raise ``Refusal`` if it may not follow these feeds as well as those ``followed``."""
        feeds = list(feeds)
        for feed in feeds:
            self.caller.check(feed.partition(":")[0])
        scans = [feed for feed in (*followed, *feeds) if feed.startswith("scan:")]
        if len(set(scans)) > self._scans and any(feed.startswith("scan:") for feed in feeds):
            raise self._too_many(scans[-1])

    def finding(self, find: requests.FindScan) -> requests.FindScan:
        """Return ``find`` for one message, which may name no more scans than a socket may follow.

        What is beyond raises ``Refusal`` before it is looked up and compiled.
        """
        left = self._scans

        def found(scan_id: str) -> Scan | None:
            nonlocal left
            left -= 1
            if left < 0:
                feed = f"scan:{scan_id}"
                raise self._too_many(feed)
            return find(scan_id)

        return found

    def _too_many(self, feed: str) -> Refusal:
        return Refusal(Code.TOO_MANY_SCANS, f"one socket follows at most {self._scans} distinct scans", feed)


class Entrance:
    """Lets clients of one gateway in."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Take the limits, and the store that knows the keys."""
        self.access = Access(settings.access, settings.origins, store.key)
        self._settings = settings
        self._by_address = Places(settings.sockets_per_address)
        self._by_key = Places(settings.sockets_per_key)
        self._sessions: set[Session] = set()

    @asynccontextmanager
    async def admitted(self, socket: WebSocket) -> AsyncIterator[Session | None]:
        """Accept a socket and give its session for as long as the context lasts; ``None``: it was turned away."""
        visitor = Visitor.of(socket)
        try:
            self.access.check_origin(visitor)
            caller = self.access.caller(visitor, now_ms())
            counted = self._count(visitor)
        except Refusal as refusal:
            await socket.send_denial_response(response_to(refusal))
            yield None
            return
        try:
            await socket.accept()
            session = await self._session(socket, caller)
            try:
                yield session
            finally:
                if session is not None:
                    self._forget(session)
        finally:
            if counted:
                self._by_address.free(visitor.address)

    def authenticate(self, session: Session, text: str) -> Message:
        """Make a socket that came in without a key that of a key; return what to answer, or raise ``Refusal``."""
        if session.caller.owner:
            raise Refusal(Code.ALREADY_AUTHENTICATED, "this socket has shown its key")
        caller = self.access.holder(text, now_ms())
        self._seat(caller)
        session.caller = caller
        return _authenticated(caller)

    def end_revoked(self) -> int:
        """End the sockets whose key is not valid any more; return how many there were."""
        ended = [session for session in self._sessions if not self.access.still_in(session.caller, now_ms())]
        for session in ended:
            if session.end is not None:
                session.end(Refusal(Code.INVALID_KEY, "the key of this socket was replaced or revoked"))
        return len(ended)

    def _count(self, visitor: Visitor) -> bool:
        """Take a place of an address; tell whether there is one to give back: this machine's own are not counted."""
        if visitor.is_local:
            return False
        if not self._by_address.take(visitor.address):
            raise Refusal(Code.TOO_MANY_SOCKETS, "this address has as many sockets open as it may have")
        return True

    async def _session(self, socket: WebSocket, caller: Caller | None) -> Session | None:
        """Return the session of a socket, once it has shown a key where it needs one; ``None`` if it was ended."""
        try:
            known = caller or await self._shown(socket)
            self._seat(known)
        except Refusal as refusal:
            await _turn_away(socket, refusal)
            return None
        except WebSocketDisconnect:
            return None
        session = Session(known, self._settings)
        session.greeting = None if caller else _authenticated(known)
        self._sessions.add(session)
        return session

    async def _shown(self, socket: WebSocket) -> Caller:
        """Return whose key a socket shows; raise ``Refusal`` if it shows none, in time, that is valid."""
        try:
            async with asyncio.timeout(self._settings.auth_seconds):
                event = await socket.receive()
        except TimeoutError:
            what = f"no key was shown within {self._settings.auth_seconds:g} s: {FIRST}"
            raise Refusal(Code.UNAUTHORIZED, what) from None
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        try:
            asked = requests.parse(event.get("text") or event.get("bytes") or b"", lambda _: None)
        except Refusal:
            asked = None
        if not isinstance(asked, requests.Auth):
            raise Refusal(Code.UNAUTHORIZED, FIRST)
        return self.access.holder(asked.key, now_ms())

    def _seat(self, caller: Caller) -> None:
        if caller.owner and not self._by_key.take(caller.owner):
            raise Refusal(Code.TOO_MANY_SOCKETS, "this key has as many sockets open as it may have")

    def _forget(self, session: Session) -> None:
        self._sessions.discard(session)
        if session.caller.owner:
            self._by_key.free(session.caller.owner)


def close_code(refusal: Refusal) -> int:
    """Return the code with which a socket ends that is not let in."""
    codes = {Code.INVALID_KEY: INVALID_KEY, Code.TOO_MANY_SOCKETS: TOO_MANY_SOCKETS}
    return codes.get(refusal.code, UNAUTHORIZED)


def _authenticated(caller: Caller) -> Message:
    return messages.authenticated(caller.owner, caller.name, caller.scopes)


async def _turn_away(socket: WebSocket, refusal: Refusal) -> None:
    """Say why, and close."""
    try:
        await socket.send_text(messages.error(refusal).text)
        await socket.close(close_code(refusal), refusal.code)
    except (WebSocketDisconnect, RuntimeError):
        return  # it left meanwhile
