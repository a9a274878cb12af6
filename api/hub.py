"""Who follows what: takes each new view to the feeds, and their news to the clients; it waits for none of them."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from math import floor
from typing import Final
from uuid import uuid4

from api import messages
from api.audiences import Audiences
from api.clients import Client
from api.event_cursor import Selections
from api.event_log import EventLog
from api.event_requests import Listen
from api.feeds import Feed, Frame
from api.frames import Message
from api.heartbeats import Heartbeats
from api.news import News
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
        self._audiences: Audiences[Feed, Client] = Audiences()
        self._changed: dict[Feed, Frame] = {}
        self._heartbeats = Heartbeats()
        self._events = Selections(events or EventLog())

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
        self._audiences.place(client, ())

    def leave(self, client: Client) -> None:
        """Forget a client and all it followed."""
        self._clients.discard(client)
        self._due.pop(client, None)
        self._audiences.remove(client)
        for feed in client.mailbox.topics:
            self._unfollow(client, feed)

    def subscribe(
        self, client: Client, topics: Sequence[Topic], scans: Sequence[Scan] = (), since: Point | None = None
    ) -> None:
        """Confirm and owe a snapshot of each topic, or what was missed ``since`` a point; options replace those before.

        Nothing is followed where one of them cannot be.
        """
        self._check_room(client, [topic.feed for topic in topics])
        self._scans.update((scan.id, scan) for scan in scans)
        for topic in topics:
            for other in [other for other in client.mailbox.topics if other.topic.feed == topic.feed]:
                self._unfollow(client, other)
            self._follow(client, topic, since)
        self._audiences.place(client, client.mailbox.topics)
        self._due[client] = None

    def tell(self, client: Client, topics: Sequence[Topic], scans: Sequence[Scan] = ()) -> None:
        """Give a snapshot of each topic as it is now, without following it; its sequence is of no feed."""
        known = {scan.id: scan for scan in scans}
        for topic in topics:
            self.reply(client, Feed(topic, self.epoch, self._view, known.get(topic.name)).snapshot().message)

    def listen(self, client: Client, asked: Listen) -> None:
        """Owe the events that are asked for, confirmed first; what was asked of the same feed before counts no more."""
        self._check_room(client, [asked.feed])
        client.cursors[asked.feed] = self._events.cursor(*asked)
        self._due[client] = None

    def _check_room(self, client: Client, names: Sequence[str]) -> None:
        """Refuse more feeds than a client may follow."""
        kept = {feed.topic.feed for feed in client.mailbox.topics} | client.cursors.keys()
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
        client.mailbox.reply(feed.confirmation)
        if since is None:
            client.mailbox.follow(feed)
        else:
            client.mailbox.resume(feed, feed.resumed(*since), feed.sequence)

    def unsubscribe(self, client: Client, names: Sequence[str]) -> None:
        """Confirm and owe nothing more of these feeds; refuse if one is not followed."""
        followed = {feed.topic.feed: feed for feed in client.mailbox.topics}
        for name in names:
            if name not in followed and name not in client.cursors:
                raise Refusal(Code.NOT_SUBSCRIBED, "this socket does not follow that feed", name)
        for name in names:
            if client.cursors.pop(name, None) is None:
                self._unfollow(client, followed[name])
            client.mailbox.reply(messages.unsubscribed(name))
        self._audiences.place(client, client.mailbox.topics)
        self._due[client] = None

    def reply(self, client: Client, message: Message) -> None:
        """Answer a client."""
        client.mailbox.reply(message)
        self._due[client] = None

    def beat(self, heartbeat: Callable[[], Message]) -> None:
        """Give every client a heartbeat, made when it goes out: with other news, or soon."""
        self._heartbeats.put(heartbeat)

    def publish(self, view: View) -> None:
        """Take note of a new view; feeds take it up when they are due."""
        self._view = view

    def update(self, now: float) -> None:
        """Take every feed that is due to the newest view, and take note of new events."""
        if self._events.has_news():
            self._due.update((client, None) for client in self._clients if client.cursors)
        for topic in [topic for topic, since in self._left.items() if now - since > LINGER_SECONDS]:
            self._forget(topic)
        for topic, feed in self._feeds.items():
            if feed.due <= now and (frame := feed.update(self._view)) is not None:
                # At the same instants as all others of its rate, so that what a client gets goes out together.
                feed.due = (floor(now * topic.rate) + 1) / topic.rate
                self._changed[feed] = frame

    async def sweep(self) -> None:
        """Write to every client for whom something waits, if the system has taken what it got before."""
        changed, self._changed = self._changed, {}
        heartbeat = self._heartbeats.take(alone=not changed)
        turns = 0
        for audience in self._audiences if changed or heartbeat else ():
            news = News.of(changed, heartbeat, audience.feeds)
            for client in list(audience.members) if news else ():
                assert news is not None
                if self._audiences.holds(audience, client) and not client.hand(news):
                    self._owe(client, news.after, heartbeat)
                turns += 1
                if turns % TURNS == 0:
                    await asyncio.sleep(0)
        served, self._due = self._due, {}
        for number, client in enumerate(served):
            if client in self._clients:
                self.serve(client)
            if number % TURNS == TURNS - 1:
                await asyncio.sleep(0)

    def _owe(self, client: Client, feeds: Iterable[Feed], heartbeat: Message | None) -> None:
        """Note that a client, which is not ready now, gets the newest state of some feeds."""
        for feed in feeds:
            client.mailbox.offer(feed)
        if heartbeat is not None:
            client.mailbox.beat(heartbeat)
        self._due[client] = None

    def serve(self, client: Client) -> None:
        """Write to a client what waits for it, as far as the system takes it at once."""
        now = monotonic()
        while not client.is_stuck(now):
            if (burst := client.burst()) is None:
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

    def _unfollow(self, client: Client, feed: Feed) -> None:
        client.mailbox.forget(feed)
        followers = self._followers.get(feed.topic, set())
        followers.discard(client)
        if not followers and self._followers.pop(feed.topic, None) is not None:
            self._left[feed.topic] = monotonic()

    def _forget(self, topic: Topic) -> None:
        """Keep a feed no longer, nor a scan that no feed is of."""
        del self._left[topic], self._feeds[topic]
        if topic.kind == "scan" and not any(other.name == topic.name for other in self._feeds if other.kind == "scan"):
            self._scans.pop(topic.name, None)
