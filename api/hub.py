"""Who follows what: takes each new view to the feeds, and their news to the clients; it waits for none of them."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from api import messages
from api.feeds import Feed, Frame
from api.frames import Message
from api.mailbox import Mailbox
from api.refusals import Code, Refusal
from api.scans import Scan
from api.topics import Point, Topic
from api.transport import Link
from api.view import EMPTY, View
from schemas.clock import monotonic

BURST_BYTES: Final = 64 * 1024
"""What is written to a client before it is seen whether the system still takes it."""
TURNS: Final = 200
"""Clients served before others get their turn."""
LINGER_SECONDS: Final = 30.0
"""How long a feed that nobody follows is kept for those who come back."""
SLOW_SECONDS: Final = 1.0
"""A client that takes nothing for longer is told that it has missed states."""
GRACE_SECONDS: Final = 3.0
"""Between the word that ends a stalled client and its end."""
POLICY_VIOLATION: Final = 1008


class Client:
    """One socket as the hub sees it: its mailbox, the way to it, and how long it has taken nothing."""

    def __init__(self, link: Link) -> None:
        """Take the way to it."""
        self.mailbox: Mailbox[Topic, Message] = Mailbox()
        self.link = link
        self.stuck_since: float | None = None
        self.ending_since: float | None = None
        self._waited = 0

    def is_stuck(self, now: float) -> bool:
        """Tell whether the system has not taken all that was sent; one that takes some of it is only slow."""
        waiting = self.link.waiting()
        if waiting and (self.stuck_since is None or waiting < self._waited):
            self.stuck_since = now
        elif not waiting and self.stuck_since is not None:
            if now - self.stuck_since >= SLOW_SECONDS:
                self.mailbox.reply(messages.slow(round((now - self.stuck_since) * 1000)))
            self.stuck_since = None
        self._waited = waiting
        return waiting > 0


class Hub:
    """All clients and all feeds of one gateway process; ``epoch`` names its life."""

    def __init__(self, subscriptions: int, stall_seconds: float) -> None:
        """Allow each client ``subscriptions`` feeds, and ``stall_seconds`` in which it takes nothing."""
        self.epoch = uuid4().hex[:12]
        self.dropped = 0
        self._subscriptions = subscriptions
        self._stall_seconds = stall_seconds
        self._view = EMPTY
        self._made = 0
        self._clients: set[Client] = set()
        self._feeds: dict[Topic, Feed] = {}
        self._followers: dict[Topic, set[Client]] = {}
        self._scans: dict[str, Scan] = {}
        self._left: dict[Topic, float] = {}
        """Feeds that nobody follows, and since when."""
        self._due: dict[Client, None] = {}

    @property
    def watched(self) -> bool:
        """Whether anybody follows anything."""
        return bool(self._followers)

    @property
    def fastest(self) -> int:
        """The highest rate that anybody asks for, changes a second; 0 where nobody follows anything."""
        return max((topic.rate for topic in self._followers), default=0)

    @property
    def clients(self) -> int:
        """How many sockets are open."""
        return len(self._clients)

    @property
    def feeds(self) -> int:
        """How many distinct feeds are followed."""
        return len(self._followers)

    def scan(self, name: str) -> Scan | None:
        """Return a scan that somebody follows, or followed a moment ago."""
        return self._scans.get(name)

    def join(self, client: Client) -> None:
        """Take in a client, which follows nothing yet."""
        self._clients.add(client)

    def leave(self, client: Client) -> None:
        """Forget a client and all it followed."""
        self._clients.discard(client)
        self._due.pop(client, None)
        for topic in client.mailbox.topics:
            self._unfollow(client, topic)

    def subscribe(
        self, client: Client, topics: Sequence[Topic], scans: Sequence[Scan] = (), since: Point | None = None
    ) -> None:
        """Confirm and owe a snapshot of each topic, or what was missed ``since`` a point; options replace those before.

        Nothing is followed where one of them cannot be.
        """
        names = {topic.feed for topic in topics}
        kept = sum(other.feed not in names for other in client.mailbox.topics)
        if kept + len(names) > self._subscriptions:
            what = f"one socket follows at most {self._subscriptions} feeds"
            raise Refusal(Code.TOO_MANY_SUBSCRIPTIONS, what, topics[-1].feed)
        self._scans.update((scan.id, scan) for scan in scans)
        for topic in topics:
            for other in [other for other in client.mailbox.topics if other.feed == topic.feed]:
                self._unfollow(client, other)
            self._follow(client, topic, since)
        self._due[client] = None

    def _follow(self, client: Client, topic: Topic, since: Point | None) -> None:
        feed = self._feeds.get(topic)
        if feed is None:
            self._made += 1
            feed = Feed(topic, f"{self.epoch}.{self._made}", self._view, self._scans.get(topic.name))
            self._feeds[topic] = feed
        self._left.pop(topic, None)
        self._followers.setdefault(topic, set()).add(client)
        client.mailbox.reply(messages.subscribed(topic))
        if since is None:
            client.mailbox.follow(topic)
        else:
            client.mailbox.resume(topic, feed.resumed(*since), feed.sequence)

    def unsubscribe(self, client: Client, names: Sequence[str]) -> None:
        """Confirm and owe nothing more of these feeds; refuse if one is not followed."""
        followed = {topic.feed: topic for topic in client.mailbox.topics}
        for name in names:
            if name not in followed:
                raise Refusal(Code.NOT_SUBSCRIBED, "this socket does not follow that feed", name)
        for name in names:
            self._unfollow(client, followed[name])
            client.mailbox.reply(messages.unsubscribed(name))
        self._due[client] = None

    def reply(self, client: Client, message: Message) -> None:
        """Answer a client."""
        client.mailbox.reply(message)
        self._due[client] = None

    def beat(self, message: Message) -> None:
        """Give every client a heartbeat."""
        for client in self._clients:
            client.mailbox.beat(message)
            self._due[client] = None

    def publish(self, view: View) -> None:
        """Take note of a new view; feeds take it up when they are due."""
        self._view = view

    def update(self, now: float) -> None:
        """Take every feed that is due to the newest view."""
        for topic in [topic for topic, since in self._left.items() if now - since > LINGER_SECONDS]:
            self._forget(topic)
        for topic, feed in self._feeds.items():
            if feed.due <= now and feed.update(self._view):
                feed.due = now + 1 / topic.rate
                for client in self._followers.get(topic, ()):
                    client.mailbox.offer(topic)
                    self._due[client] = None

    async def sweep(self) -> None:
        """Write to every client for whom something waits, if the system has taken what it got before."""
        served, self._due = self._due, {}
        for number, client in enumerate(served):
            if client in self._clients:
                self.serve(client)
            if number % TURNS == TURNS - 1:
                await asyncio.sleep(0)

    def serve(self, client: Client) -> None:
        """Write to a client what waits for it, as far as the system takes it at once."""
        now = monotonic()
        while not client.is_stuck(now):
            burst, size = [], 0
            while size < BURST_BYTES and (message := client.mailbox.take(self._frame_after)) is not None:
                burst.append(message)
                size += len(message.payload)
            if not burst:
                self._due.pop(client, None)
                return
            client.link.send(burst)
        self._due[client] = None

    def end_stalled(self, now: float) -> int:
        """End clients that take nothing: first with a word, then without; return how many were told."""
        stuck = [client for client in self._clients if client.stuck_since is not None and client.is_stuck(now)]
        told = 0
        for client in stuck:
            assert client.stuck_since is not None
            if client.ending_since is None and now - client.stuck_since > self._stall_seconds:
                client.ending_since = now
                client.link.close(POLICY_VIOLATION, f"took nothing for {self._stall_seconds:g} s")
                told += 1
            elif client.ending_since is not None and now - client.ending_since > GRACE_SECONDS:
                client.link.drop()
        self.dropped += told
        return told

    def _frame_after(self, topic: Topic, sequence: int | None) -> Frame | None:
        return self._feeds[topic].frame_after(sequence)

    def _unfollow(self, client: Client, topic: Topic) -> None:
        client.mailbox.forget(topic)
        followers = self._followers.get(topic, set())
        followers.discard(client)
        if not followers and self._followers.pop(topic, None) is not None:
            self._left[topic] = monotonic()

    def _forget(self, topic: Topic) -> None:
        """Keep a feed no longer, nor a scan that no feed is of."""
        del self._left[topic], self._feeds[topic]
        if topic.kind == "scan" and not any(other.name == topic.name for other in self._feeds if other.kind == "scan"):
            self._scans.pop(topic.name, None)
