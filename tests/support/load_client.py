"""Thousands of WebSocket clients in one process, cheap enough not to be what a benchmark measures.

Clients that follow the same feeds get the same bytes: what came is taken apart once for all of them, and of each
reading only the time is noted.
"""

import select
import socket
import zlib
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from schemas.clock import monotonic, now_ms

CHUNK: Final = 256 * 1024
HANDSHAKES: Final = 500
"""Connections that are being made at a time."""
PATIENCE_SECONDS: Final = 150.0
TEXT, PING, PONG, CLOSE = 0x1, 0x9, 0xA, 0x8
DEFLATED: Final = 0x40
TAIL: Final = b"\x00\x00\xff\xff"
SHORT, MEDIUM = 126, 127
NO_CONTEXT: Final = b"server_no_context_takeover"
UPGRADE: Final = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{extensions}\r\n"
)
OFFER: Final = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
"""What browsers offer."""


class Head(msgspec.Struct, frozen=True):
    """What is read of a message."""

    type: str
    feed: str = ""
    sequence: int = 0
    published_time: int | None = None


UNREAD: Final = Head("unread")
"""Of a message whose deflate needs those before it."""

decode: Final = msgspec.json.Decoder(Head).decode


class Plan(NamedTuple):
    """What clients connect to and say first: client n says ``greetings[n % len(greetings)]``."""

    address: str
    greetings: Sequence[bytes]
    snapshots: int
    """What each waits for to be complete."""
    deflate: bool


class Burst:
    """Messages that came in one reading, and when (wall clock, ms) for each client that got them."""

    __slots__ = ("heads", "snapshots", "times")

    def __init__(self, heads: Sequence[Head]) -> None:
        """Begin with nobody having got them."""
        self.heads = heads
        self.snapshots = sum(head.type == "snapshot" for head in heads)
        self.times = array("q")


class Report(NamedTuple):
    """What all clients got within some time."""

    seconds: float
    received_bytes: int
    bursts: Sequence[tuple[Sequence[Head], "array[int]"]]
    unread: int
    """Messages that could not be read, of which there are no times."""
    lost: int
    """Clients whose connection ended."""
    texts: Sequence[str]
    """Some changes as they came."""

    @property
    def data_frames(self) -> int:
        """Snapshots and changes, of all clients."""
        return self.unread + self.count("snapshot") + self.count("change")

    @property
    def readings(self) -> int:
        """How often a client got something: at most as often as the server wrote."""
        return sum(len(times) for _, times in self.bursts)

    def count(self, kind: str) -> int:
        """Return how many messages of a type came."""
        return sum(sum(head.type == kind for head in heads) * len(times) for heads, times in self.bursts)


class Peer:
    """One client."""

    __slots__ = ("connected", "expected", "greeting", "rest", "shares", "socket", "upgrade", "upgraded")

    def __init__(self, connection: socket.socket, upgrade: bytes, greeting: bytes, expected: int) -> None:
        """Take a socket that is being connected."""
        self.socket = connection
        self.upgrade = upgrade
        self.greeting = greeting
        self.expected = expected
        """Snapshots it still waits for."""
        self.connected = self.upgraded = False
        self.shares = True
        """Whether messages can be read one without the others."""
        self.rest = b""


class LoadClient:
    """All clients."""

    def __init__(self) -> None:
        """Begin without any."""
        self._poller = select.epoll()
        self._peers: dict[int, Peer] = {}
        self._bursts: dict[bytes, Burst] = {}
        self._texts: dict[str, None] = {}
        self._received = self._unread = self._lost = self._complete = 0

    def connect(self, plan: Plan, clients: int) -> float:
        """Connect so many more clients; return the seconds until each has what it waits for."""
        self._forget()
        host, _, port = plan.address.rpartition(":")
        upgrade = UPGRADE.format(host=plan.address, extensions=OFFER if plan.deflate else "").encode()
        greetings = [text_frame(text) for text in plan.greetings]
        began, goal, started = monotonic(), self._complete + clients, 0
        while self._complete + self._lost < goal:
            while started < clients and len(self._peers) - self._complete < HANDSHAKES:
                connection = socket.socket()
                connection.setblocking(False)  # noqa: FBT003 - its name
                connection.connect_ex((host, int(port)))
                peer = Peer(connection, upgrade, greetings[started % len(greetings)], plan.snapshots)
                self._peers[connection.fileno()] = peer
                self._poller.register(connection, select.EPOLLOUT)
                started += 1
            self._turn(0.5)
            if monotonic() - began > PATIENCE_SECONDS:
                message = f"{self._complete} of {goal} clients have what they wait for"
                raise TimeoutError(message)
        return monotonic() - began

    def listen(self, seconds: float) -> Report:
        """Read for so long; return what came."""
        self._forget()
        began = monotonic()
        while (left := began + seconds - monotonic()) > 0:
            self._turn(left)
        bursts = [(burst.heads, burst.times) for burst in self._bursts.values() if burst.times]
        return Report(monotonic() - began, self._received, bursts, self._unread, self._lost, list(self._texts))

    def close(self) -> None:
        """Close all connections."""
        for peer in self._peers.values():
            peer.socket.close()
        self._peers.clear()
        self._complete = 0

    def _forget(self) -> None:
        self._bursts = {}
        self._texts = {}
        self._received = self._unread = self._lost = 0

    def _turn(self, seconds: float) -> None:
        for number, _ in self._poller.poll(seconds):
            peer = self._peers[number]
            if not peer.connected:
                peer.connected = True
                peer.socket.sendall(peer.upgrade)
                self._poller.modify(number, select.EPOLLIN)
                continue
            try:
                data = peer.socket.recv(CHUNK)
            except ConnectionError:
                data = b""
            if not data:
                self._lose(number)
                continue
            self._received += len(data)
            self._take(peer, data)

    def _take(self, peer: Peer, data: bytes) -> None:
        """Note what came; bytes seen before need no second look."""
        if peer.rest:
            data, peer.rest = peer.rest + data, b""
        burst = self._bursts.get(data)
        if burst is None or not peer.upgraded:
            burst = self._burst(peer, data)
            if burst is None:
                return
        burst.times.append(now_ms())
        if burst.snapshots and peer.expected > 0:
            peer.expected -= burst.snapshots
            self._complete += peer.expected <= 0

    def _burst(self, peer: Peer, data: bytes) -> Burst | None:
        """Take apart what has not been seen before; ``None`` where nothing is whole."""
        if not peer.upgraded:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                peer.rest = head
                return None
            self._welcome(peer, head)
        frames, used = frames_of(data)
        whole, peer.rest = data[:used], data[used:]
        texts = [(first, payload) for first, payload in frames if first & 0xF == TEXT]
        for first, payload in frames:
            if first & 0xF == PING:
                peer.socket.sendall(bytes((0x80 | PONG, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
        if not texts:
            return None
        if not peer.shares:
            self._unread += len(texts)
            return None
        return self._bursts.setdefault(whole, Burst([self._read(first, payload) for first, payload in texts]))

    def _welcome(self, peer: Peer, answer: bytes) -> None:
        assert answer.startswith(b"HTTP/1.1 101"), answer
        peer.upgraded = True
        peer.shares = b"permessage-deflate" not in answer or NO_CONTEXT in answer
        peer.socket.sendall(peer.greeting)
        self._complete += peer.expected == 0

    def _read(self, first: int, payload: bytes) -> Head:
        if first & DEFLATED:
            payload = zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload + TAIL)
        head = decode(payload)
        if head.type == "change":
            self._texts[payload.decode()] = None
        return head

    def _lose(self, number: int) -> None:
        peer = self._peers.pop(number)
        peer.socket.close()
        self._complete -= peer.upgraded and peer.expected <= 0
        self._lost += 1


def text_frame(payload: bytes) -> bytes:
    """Return a client's frame; its mask is zero, which leaves the text as it is."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < SHORT else bytes((0x80 | SHORT,)) + size.to_bytes(2, "big")
    return bytes((0x80 | TEXT,)) + length + bytes(4) + payload


def frames_of(data: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Return the whole frames at the beginning, each as its first byte and its payload, and how many bytes they are."""
    frames, at, end = [], 0, len(data)
    while end - at >= 2:
        size, start = data[at + 1], at + 2
        if size == SHORT:
            size, start = int.from_bytes(data[start : start + 2], "big"), start + 2
        elif size == MEDIUM:
            size, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        if start + size > end:
            break
        frames.append((data[at], data[start : start + size]))
        at = start + size
    return frames, at
