"""Who follows what: takes each new view to the feeds, their news to the mailboxes, and waits for no client."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

from api import messages, requests
from api.feeds import Feed, Frame
from api.mailbox import Mailbox
from api.topics import Topic
from api.view import EMPTY, View
from schemas.clock import monotonic


class Client:
    """One socket as the hub sees it: its mailbox, a bell for its sender, and how long its sender has been stuck."""

    def __init__(self, drop: Callable[[], None]) -> None:
        """``drop`` ends the connection at once, whatever waits to be sent."""
        self.mailbox: Mailbox[Topic] = Mailbox()
        self.bell = asyncio.Event()
        self.sending_since: float | None = None
        self.drop = drop

    def beat(self, text: str) -> None:
        """Leave a heartbeat."""
        self.mailbox.beat(text)
        self.bell.set()

    def reply(self, text: str) -> None:
        """Leave an answer."""
        self.mailbox.reply(text)
        self.bell.set()


class Hub:
    """All clients and all feeds of one gateway process; ``epoch`` names its life, within which sequences grow."""

    def __init__(self, subscriptions: int) -> None:
        """Allow each client ``subscriptions`` feeds."""
        self.epoch = uuid4().hex[:12]
        self.dropped = 0
        self._subscriptions = subscriptions
        self._view = EMPTY
        self._ticks = 0
        self._clients: set[Client] = set()
        self._feeds: dict[Topic, Feed] = {}
        self._followers: dict[Topic, set[Client]] = {}

    @property
    def watched(self) -> bool:
        """Whether anybody follows anything."""
        return bool(self._feeds)

    @property
    def clients(self) -> int:
        """How many sockets are open."""
        return len(self._clients)

    @property
    def feeds(self) -> int:
        """How many distinct feeds are kept."""
        return len(self._feeds)

    def join(self, client: Client) -> None:
        """Take in a client, which follows nothing yet."""
        self._clients.add(client)

    def leave(self, client: Client) -> None:
        """Forget a client and all it followed."""
        self._clients.discard(client)
        for topic in client.mailbox.topics:
            self._unfollow(client, topic)

    def subscribe(self, client: Client, topic: Topic) -> None:
        """Confirm and owe a snapshot; the same board with another limit replaces the one before."""
        followed = [other for other in client.mailbox.topics if other.feed == topic.feed]
        if not followed and len(client.mailbox.topics) >= self._subscriptions:
            what = f"one socket follows at most {self._subscriptions} feeds"
            raise requests.Refusal(requests.Code.TOO_MANY_SUBSCRIPTIONS, what, topic.feed)
        for other in followed:
            self._unfollow(client, other)
        if topic not in self._feeds:
            self._feeds[topic] = Feed(topic, self.epoch, self._ticks, self._view)
        self._followers.setdefault(topic, set()).add(client)
        client.mailbox.follow(topic)
        client.reply(messages.subscribed(topic))

    def unsubscribe(self, client: Client, topic: Topic) -> None:
        """Confirm and owe nothing more of the feed; refuse if it is not followed."""
        followed = [other for other in client.mailbox.topics if other.feed == topic.feed]
        if not followed:
            raise requests.Refusal(requests.Code.NOT_SUBSCRIBED, "this socket does not follow that feed", topic.feed)
        for other in followed:
            self._unfollow(client, other)
        client.reply(messages.unsubscribed(topic))

    def frame_after(self, topic: Topic, sequence: int | None) -> Frame | None:
        """Return what brings a client at ``sequence`` of a feed to its newest state, ``None`` if it is there."""
        feed = self._feeds.get(topic)
        return feed.frame_after(sequence) if feed else None

    def publish(self, view: View) -> None:
        """Take every feed to ``view`` and ring for those who follow one that changed."""
        self._view = view
        self._ticks += 1
        for topic, feed in self._feeds.items():
            if feed.update(view):
                for client in self._followers[topic]:
                    client.mailbox.offer(topic)
                    client.bell.set()

    def beat(self, text: str) -> None:
        """Give every client a heartbeat."""
        for client in self._clients:
            client.beat(text)

    def drop_stalled(self, seconds: float) -> int:
        """End the connections whose current message has not gone out for ``seconds``; return how many."""
        before = monotonic() - seconds
        stalled = [client for client in self._clients if (client.sending_since or before) < before]
        for client in stalled:
            client.drop()
        self.dropped += len(stalled)
        return len(stalled)

    def _unfollow(self, client: Client, topic: Topic) -> None:
        client.mailbox.forget(topic)
        followers = self._followers.get(topic, set())
        followers.discard(client)
        if not followers:
            self._followers.pop(topic, None)
            self._feeds.pop(topic, None)
