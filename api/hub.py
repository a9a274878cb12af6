"""Who follows what: takes each new view to the feeds, and their news to the clients; it waits for none of them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import uuid4

from api import messages
from api.audiences import Audiences
from api.catalogue import Catalogue, scan_of_topic
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

TURNS: Final = 200
"""Clients served before others get their turn."""
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
        self._clients: set[Client] = set()
        self._catalogue: Catalogue[Client] = Catalogue(self.epoch)
        self._due: dict[Client, None] = {}
        self._audiences: Audiences[Feed, Client] = Audiences()
        self._changed: dict[Feed, Frame] = {}
        self._heartbeats = Heartbeats()
        self._events = Selections(events or EventLog())

    @property
    def watched(self) -> bool:
        """Whether anybody follows anything."""
        return bool(self._catalogue)

    @property
    def fastest(self) -> int:
        """The highest rate that anybody asks for, changes a second; 0 where nobody follows anything."""
        return self._catalogue.fastest

    @property
    def clients(self) -> int:
        """How many sockets are open."""
        return len(self._clients)

    @property
    def feeds(self) -> int:
        """How many distinct feeds are followed."""
        return len(self._catalogue)

    def scan(self, name: str) -> Scan | None:
        """Return a scan that somebody follows, or followed a moment ago."""
        return self._catalogue.scan(name)

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
        for topic in topics:
            for other in [other for other in client.mailbox.topics if other.topic.feed == topic.feed]:
                self._unfollow(client, other)
            self._follow(client, topic, scans, since)
        self._move(client)

    def _move(self, client: Client) -> None:
        """Put a client where those are who follow the same now; whoever it was with may be being served just now."""
        self._audiences.place(client, client.mailbox.topics)
        self._owe(client, client.mailbox.topics, None)

    def tell(self, client: Client, topics: Sequence[Topic], scans: Sequence[Scan] = ()) -> None:
        """Give a snapshot of each topic as it is now, without following it; its sequence is of no feed."""
        for topic in topics:
            feed = Feed(topic, self.epoch, self._view, scan_of_topic(topic, scans))
            self.reply(client, feed.snapshot().message)

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

    def _follow(self, client: Client, topic: Topic, scans: Sequence[Scan], since: Point | None) -> None:
        feed = self._catalogue.follow(topic, scans, client, self._view)
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
        self._move(client)

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
        self._changed.update(self._catalogue.update(self._view, now))

    async def sweep(self) -> None:
        """Write to every client for whom something waits, if the system has taken what it got before."""
        changed, self._changed = self._changed, {}
        heartbeat = self._heartbeats.take(alone=not changed)
        for number, (client, news) in enumerate(self._audience_news(changed, heartbeat), 1):
            if not client.hand(news):
                self._owe(client, news.after, heartbeat)
            await _give_turns(number)
        served, self._due = self._due, {}
        for number, client in enumerate(served, 1):
            if client in self._clients:
                self.serve(client)
            await _give_turns(number)

    def _audience_news(self, changed: Mapping[Feed, Frame], heartbeat: Message | None) -> Iterator[tuple[Client, News]]:
        """Yield every client that is with those for whom there is news, as long as it is with them."""
        for audience in self._audiences if changed or heartbeat else ():
            if (news := News.of(changed, heartbeat, audience.feeds)) is not None:
                for client in list(audience.members):
                    if self._audiences.holds(audience, client):
                        yield client, news

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
        self._catalogue.unfollow(feed, client)


async def _give_turns(number: int) -> None:
    """Let others work after so many clients."""
    if number % TURNS == 0:
        await asyncio.sleep(0)
