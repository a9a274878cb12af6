"""Who follows what: takes each new view to the feeds, and their news to the clients; it waits for none of them."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from api import messages
from api.clients import Client
from api.event_cursor import Cursor, Selections
from api.event_log import EventLog
from api.event_requests import Listen
from api.feeds import Feed, Frame
from api.frames import Message
from api.refusals import Code, Refusal
from api.scans import Scan
from api.topics import Point, Topic
from api.view import EMPTY, View
from schemas.clock import monotonic

__all__ = ["LINGER_SECONDS", "POLICY_VIOLATION", "Client", "Hub"]

TURNS: Final = 200
"""Clients served before others get their turn."""
LINGER_SECONDS: Final = 30.0
"""How long a feed that nobody follows is kept for those who come back."""
POLICY_VIOLATION: Final = 1008


class Hub:
    """All clients and all feeds of one gateway process; ``epoch`` names its life."""

    def __init__(self, subscriptions: int, stall_seconds: float, events: EventLog | None = None) -> None:
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
        self._events = events or EventLog()
        self._events_seen = (0, 0)
        self._selections = Selections(self._events)

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
        self._check_room(client, [topic.feed for topic in topics])
        self._scans.update((scan.id, scan) for scan in scans)
        for topic in topics:
            for other in [other for other in client.mailbox.topics if other.feed == topic.feed]:
                self._unfollow(client, other)
            self._follow(client, topic, since)
        self._due[client] = None

    def tell(self, client: Client, topics: Sequence[Topic], scans: Sequence[Scan] = ()) -> None:
        """Give a snapshot of each topic as it is now, without following it; its sequence is of no feed."""
        known = {scan.id: scan for scan in scans}
        for topic in topics:
            self.reply(client, Feed(topic, self.epoch, self._view, known.get(topic.name)).snapshot().message)

    def listen(self, client: Client, asked: Listen) -> None:
        """Owe the events that are asked for, confirmed first; what was asked of the same feed before counts no more."""
        feed, wanted, history, since = asked
        self._check_room(client, [feed])
        client.cursors[feed] = Cursor(self._events, self._selections.of(feed, wanted), since, history)
        self._due[client] = None

    def _check_room(self, client: Client, names: Sequence[str]) -> None:
        """Refuse more feeds than a client may follow."""
        kept = {topic.feed for topic in client.mailbox.topics} | client.cursors.keys()
        if len(kept.union(names)) > self._subscriptions:
            what = f"one socket follows at most {self._subscriptions} feeds"
            raise Refusal(Code.TOO_MANY_SUBSCRIPTIONS, what, names[-1])

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
            if name not in followed and name not in client.cursors:
                raise Refusal(Code.NOT_SUBSCRIBED, "this socket does not follow that feed", name)
        for name in names:
            if client.cursors.pop(name, None) is None:
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
        """Take every feed that is due to the newest view, and take note of new events."""
        if self._events_seen != (seen := (self._events.reads, self._events.end)):
            self._events_seen = seen
            self._due.update((client, None) for client in self._clients if client.cursors)
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
            if not (burst := client.burst(self._frame_after)):
                self._due.pop(client, None)
                return
            client.link.send(burst)
        self._due[client] = None

    def end_stalled(self, now: float) -> int:
        """End clients that have taken nothing for too long, with a word; return how many."""
        stalled = [
            client
            for client in self._clients
            if not client.is_ending and client.is_stuck(now) and client.stuck_for(now) > self._stall_seconds
        ]
        for client in stalled:
            client.is_ending = True
            client.link.close(POLICY_VIOLATION, f"took nothing for {self._stall_seconds:g} s")
        self.dropped += len(stalled)
        return len(stalled)

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
