"""PURE. Clients that follow the same feeds: what all of them get is put together once."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

FeedT = TypeVar("FeedT")
MemberT = TypeVar("MemberT")


class Audience(Generic[FeedT, MemberT]):
    """Members that follow exactly ``feeds``."""

    def __init__(self, feeds: frozenset[FeedT]) -> None:
        """Begin without members."""
        self.feeds = feeds
        self.members: dict[MemberT, None] = {}


class Audiences(Generic[FeedT, MemberT]):
    """Every member, in the one audience of the feeds that it follows."""

    def __init__(self) -> None:
        """Begin without members."""
        self._by_feeds: dict[frozenset[FeedT], Audience[FeedT, MemberT]] = {}
        self._of: dict[MemberT, Audience[FeedT, MemberT]] = {}

    def __iter__(self) -> Iterator[Audience[FeedT, MemberT]]:
        """Yield those there are now, also where members move meanwhile."""
        yield from list(self._by_feeds.values())

    def holds(self, audience: Audience[FeedT, MemberT], member: MemberT) -> bool:
        """Tell whether a member is in an audience."""
        return self._of.get(member) is audience

    def place(self, member: MemberT, feeds: Iterable[FeedT]) -> None:
        """Put a member where those are who follow ``feeds``."""
        self.remove(member)
        key = frozenset(feeds)
        audience = self._by_feeds.setdefault(key, Audience(key))
        audience.members[member] = None
        self._of[member] = audience

    def remove(self, member: MemberT) -> None:
        """Take a member out, if it is in any."""
        audience = self._of.pop(member, None)
        if audience is None:
            return
        del audience.members[member]
        if not audience.members:
            del self._by_feeds[audience.feeds]
