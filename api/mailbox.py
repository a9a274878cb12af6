"""PURE. What waits for one client: bounded whatever happens; the newest state of a feed stands for all before."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, NamedTuple, TypeVar

TopicT = TypeVar("TopicT", bound=Hashable)
MessageT = TypeVar("MessageT")


class Sequenced(NamedTuple, Generic[MessageT]):
    """A message that leaves the client at a sequence."""

    sequence: int
    message: MessageT


class Mailbox(Generic[TopicT, MessageT]):
    """Answers in order, one heartbeat, and a mark per feed that has news: no frame is ever queued."""

    def __init__(self) -> None:
        """Start empty."""
        self._replies: deque[MessageT] = deque()
        self._heartbeat: MessageT | None = None
        self._sent: dict[TopicT, int | None] = {}
        self._due: dict[TopicT, None] = {}

    @property
    def topics(self) -> frozenset[TopicT]:
        """What the client follows."""
        return frozenset(self._sent)

    @property
    def has_room(self) -> bool:
        """Whether another question may be answered: one that asks without reading waits until it has read."""
        return not self._replies

    @property
    def waits(self) -> bool:
        """Whether there is something to take, unless a feed has no news after all."""
        return bool(self._replies or self._due or self._heartbeat is not None)

    def reply(self, message: MessageT) -> None:
        """Add an answer."""
        self._replies.append(message)

    def beat(self, message: MessageT) -> None:
        """Put the newest heartbeat in the place of one not yet taken."""
        self._heartbeat = message

    def follow(self, topic: TopicT) -> None:
        """Owe the client a snapshot, then what changes; following anew is how a client asks for a fresh one."""
        self._sent[topic] = None
        self._due[topic] = None

    def resume(self, topic: TopicT, missed: Iterable[Sequenced[MessageT]], sequence: int) -> None:
        """Owe the client what it has missed, which leads to ``sequence``, then what changes."""
        self._replies.extend(frame.message for frame in missed)
        self._sent[topic] = sequence
        self._due.pop(topic, None)

    def forget(self, topic: TopicT) -> None:
        """Owe nothing more of this topic."""
        self._sent.pop(topic, None)
        self._due.pop(topic, None)

    def offer(self, topic: TopicT) -> None:
        """Note that a followed feed has news."""
        if topic in self._sent:
            self._due[topic] = None

    def advance(self, before: Mapping[TopicT, int], after: Mapping[TopicT, int]) -> bool:
        """Note that the client gets what leads from ``before`` to ``after``.

        Return whether it may: not where something waits for it, or where it is elsewhere in one of these feeds.
        """
        if self.waits or not before.items() <= self._sent.items():
            return False
        self._sent.update(after)
        return True

    def take(self, frame_after: Callable[[TopicT, int | None], Sequenced[MessageT] | None]) -> MessageT | None:
        """Return the next message to send, or ``None`` if nothing waits.

        ``frame_after(topic, sequence)`` gives what brings a client at ``sequence`` to the newest state. Answers go
        first, so that a subscription is confirmed before its snapshot; the feed longest due goes before the others.
        """
        if self._replies:
            return self._replies.popleft()
        if self._heartbeat is not None:
            message, self._heartbeat = self._heartbeat, None
            return message
        while self._due:
            topic = next(iter(self._due))
            del self._due[topic]
            frame = frame_after(topic, self._sent[topic])
            if frame is not None:
                self._sent[topic] = frame.sequence
                return frame.message
        return None
