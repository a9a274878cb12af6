"""Every feed that somebody follows, or followed a moment ago, and who follows it."""

from collections.abc import Iterable
from math import floor
from typing import Final, Generic, TypeVar

import structlog

from api.feeds import Feed, Frame
from api.scans import Scan
from api.topics import Topic
from api.view import View
from schemas.clock import monotonic

LINGER_SECONDS: Final = 30.0
"""How long a feed that nobody follows is kept for those who come back."""
LINGERING: Final = 500
"""Feeds kept that nobody follows; where there are more, the oldest go at once."""

FollowerT = TypeVar("FollowerT")
log = structlog.get_logger()


class Catalogue(Generic[FollowerT]):
    """Feeds by topic; each feed has an epoch of its own."""

    def __init__(self, epoch: str) -> None:
        """Take the name of this gateway's life."""
        self._epoch = epoch
        self._made = 0
        self._feeds: dict[Topic, Feed] = {}
        self._followers: dict[Feed, set[FollowerT]] = {}
        self._left: dict[Topic, float] = {}
        """Feeds that nobody follows, and since when, the oldest first."""
        self._scans: dict[str, Scan] = {}

    def __len__(self) -> int:
        """Return how many distinct feeds are followed."""
        return len(self._followers)

    @property
    def fastest(self) -> int:
        """The highest rate that anybody asks for, changes a second; 0 where nobody follows anything."""
        return max((feed.topic.rate for feed in self._followers), default=0)

    def scan(self, name: str) -> Scan | None:
        """Return a scan that somebody follows, or followed a moment ago."""
        return self._scans.get(name)

    def follow(self, topic: Topic, scans: Iterable[Scan], follower: FollowerT, view: View) -> Feed:
        """Return the feed of a topic, begun at ``view`` if there was none; ``scans`` has its scan if it is of one."""
        feed = self._feeds.get(topic)
        if feed is None:
            scan = scan_of_topic(topic, scans)
            if scan is not None:
                self._scans[scan.id] = scan
            self._made += 1
            feed = self._feeds[topic] = Feed(topic, f"{self._epoch}.{self._made}", view, scan)
        self._left.pop(topic, None)
        self._followers.setdefault(feed, set()).add(follower)
        return feed

    def unfollow(self, feed: Feed, follower: FollowerT) -> None:
        """Take note that one follows a feed no more."""
        followers = self._followers.get(feed, set())
        followers.discard(follower)
        if not followers and self._followers.pop(feed, None) is not None:
            self._left[feed.topic] = monotonic()
            if len(self._left) > LINGERING:
                self._forget(next(iter(self._left)))

    def update(self, view: View, now: float) -> dict[Feed, Frame]:
        """Take every feed that is due to a view; return those that have changed, and how."""
        for topic in [topic for topic, since in self._left.items() if now - since > LINGER_SECONDS]:
            self._forget(topic)
        changed: dict[Feed, Frame] = {}
        for topic, feed in self._feeds.items():
            if feed.due > now:
                continue
            try:
                frame = feed.update(view)
            except Exception:
                log.exception("feed_not_updated", feed=topic.feed)  # and the others are
                frame = None
            if frame is not None:
                # At the same instants as all others of its rate, so that what a client gets goes out together.
                feed.due = (floor(now * topic.rate) + 1) / topic.rate
                changed[feed] = frame
        return changed

    def _forget(self, topic: Topic) -> None:
        """Keep a feed no longer, nor a scan that no feed is of."""
        del self._left[topic], self._feeds[topic]
        if topic.kind == "scan" and not any(other.name == topic.name for other in self._feeds if other.kind == "scan"):
            self._scans.pop(topic.name, None)


def scan_of_topic(topic: Topic, scans: Iterable[Scan]) -> Scan | None:
    """Return the scan that a topic is of; ``None`` for boards and symbols, whatever their names."""
    return next(scan for scan in scans if scan.id == topic.name) if topic.kind == "scan" else None
