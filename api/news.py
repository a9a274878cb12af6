"""PURE. What has changed since the last sweep, put together for those who follow the same feeds."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from api.feeds import Feed, Frame
from api.frames import Bundle, Message


class News(NamedTuple):
    """What everybody gets who follows the same feeds and is ready."""

    bundle: Bundle
    before: Mapping[Feed, int]
    """Where they have to be in the feeds that changed."""
    after: Mapping[Feed, int]
    """Where they are then."""

    @classmethod
    def of(cls, changed: Mapping[Feed, Frame], heartbeat: Message | None, feeds: frozenset[Feed]) -> Self | None:
        """Return what there is of some feeds; ``None`` where there is nothing."""
        frames = {feed: changed[feed] for feed in feeds if feed in changed}
        told = [*(frame.message for frame in frames.values()), *([heartbeat] if heartbeat is not None else [])]
        if not told:
            return None
        after = {feed: frame.sequence for feed, frame in frames.items()}
        return cls(Bundle(told), {feed: sequence - 1 for feed, sequence in after.items()}, after)
