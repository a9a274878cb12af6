"""Whatever happens in whatever order, a client that reads to the end of its mailbox has exactly the newest state."""

from hypothesis import given
from hypothesis import strategies as st

from api.mailbox import Mailbox, Sequenced

TOPICS = ("volume", "gainers")
ACTIONS = st.one_of(
    st.tuples(st.just("news"), st.sampled_from(TOPICS)),
    st.tuples(st.just("burst"), st.sampled_from(TOPICS)),
    st.tuples(st.just("follow"), st.sampled_from(TOPICS)),
    st.tuples(st.just("forget"), st.sampled_from(TOPICS)),
    st.tuples(st.just("take"), st.just("")),
    st.tuples(st.just("beat"), st.just("")),
)


class Feeds:
    """Feeds of which only the newest sequence and the change before it are kept, as in the gateway."""

    def __init__(self) -> None:
        self.newest = dict.fromkeys(TOPICS, 0)

    def frame_after(self, topic: str, sequence: int | None) -> Sequenced[str] | None:
        """Return a change if one is enough, else a snapshot."""
        newest = self.newest[topic]
        if sequence == newest:
            return None
        kind = "change" if sequence == newest - 1 else "snapshot"
        return Sequenced(newest, f"{kind} {topic} {newest}")


class Reader:
    """A client that believes what it gets, and no change that is not the next."""

    def __init__(self) -> None:
        self.at: dict[str, int] = {}

    def read(self, text: str) -> None:
        """Take in a message."""
        kind, topic, sequence = (*text.split(), "", "")[:3]
        if kind == "change":
            assert self.at[topic] == int(sequence) - 1
        if kind in ("change", "snapshot"):
            self.at[topic] = int(sequence)


@given(actions=st.lists(ACTIONS, max_size=60))
def test_any_interleaving_ends_at_the_newest_state(actions: list[tuple[str, str]]) -> None:
    """Every followed feed is at its newest sequence once the mailbox is empty, with no change out of turn."""
    feeds, mailbox, reader = Feeds(), Mailbox[str, str](), Reader()
    for action, topic in actions:
        if action == "news":
            feeds.newest[topic] += 1
            mailbox.offer(topic)
        elif action == "burst":
            # What everybody gets who is ready; who is not gets it later, by itself.
            feeds.newest[topic] += 1
            newest = feeds.newest[topic]
            if mailbox.advance({topic: newest - 1}, {topic: newest}):
                reader.read(f"change {topic} {newest}")
            else:
                mailbox.offer(topic)
        elif action == "follow":
            mailbox.follow(topic)
        elif action == "forget":
            mailbox.forget(topic)
        elif action == "beat":
            mailbox.beat("heartbeat")
        elif (text := mailbox.take(feeds.frame_after)) is not None:
            reader.read(text)
    while (text := mailbox.take(feeds.frame_after)) is not None:
        reader.read(text)

    assert {topic: reader.at[topic] for topic in mailbox.topics} == {
        topic: feeds.newest[topic] for topic in mailbox.topics
    }


@given(news=st.integers(0, 1000), beats=st.integers(0, 1000))
def test_a_client_that_takes_nothing_holds_next_to_nothing(news: int, beats: int) -> None:
    """However much happens meanwhile, it then gets one heartbeat and one snapshot."""
    feeds, mailbox = Feeds(), Mailbox[str, str]()
    mailbox.follow("gainers")
    for _ in range(news):
        feeds.newest["gainers"] += 1
        mailbox.offer("gainers")
    for number in range(beats):
        mailbox.beat(f"heartbeat {number}")
    taken = []
    while (text := mailbox.take(feeds.frame_after)) is not None:
        taken.append(text)

    assert taken == [*([f"heartbeat {beats - 1}"] if beats else []), f"snapshot gainers {news}"]


def test_there_is_room_for_one_answer() -> None:
    """A client that only asks is made to wait rather than remembered without end."""
    mailbox = Mailbox[str, str]()
    assert mailbox.has_room
    mailbox.reply("answer")
    assert not mailbox.has_room
    mailbox.take(Feeds().frame_after)

    assert mailbox.has_room
