"""The listener between a scripted vendor and a real broker: nothing lost, nothing doubled, every end survived."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import ServerConnection

from schemas.codec import Codec
from schemas.records import Aggregate, Clock, DeadLetter, LimitBand, Quote, Reason, Trade
from streams.feed.backoff import Backoff
from streams.feed.market_model import Market
from streams.feed.massive_link import Feed
from streams.feed.massive_listener import FeedRefusedError, ListenerOptions, MassiveListener
from streams.feed.massive_server import MassiveServer, Pace
from streams.feed.publisher import Publisher
from streams.topics import AGGREGATES, CLOCKED, DEAD_LETTERS, HALTS, QUOTES, TRADES
from tests.support.feed_topics import PARTITIONS, FeedTopics
from tests.support.scripted_feed import KEY, Act, ScriptedFeed, abort, bar, close, send, send_raw, status, stay

CHANNELS = ("A.*", "AM.*", "T.*", "Q.*", "LULD.*")
NOON = 1_736_182_800_000


@pytest.fixture
async def topics(kafka_bootstrap: str) -> FeedTopics:
    """Return the topics, marked."""
    found = FeedTopics(kafka_bootstrap)
    await found.mark()
    return found


@pytest.fixture
async def publisher(kafka_bootstrap: str) -> AsyncIterator[Publisher]:
    """Return a connected publisher."""
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS) as connected:
        yield connected


def listener_for(
    url: str, publisher: Publisher, key: str = KEY, queue_frames: int = 1024, max_failures: int | None = None
) -> MassiveListener:
    """Return a listener that does not wait long."""
    options = ListenerOptions(
        feed_is_live=False, occupied_seconds=0.01, queue_frames=queue_frames, max_failures=max_failures
    )
    return MassiveListener(Feed.at(url, CHANNELS, SecretStr(key)), publisher, options, Backoff(0.01, 0.02))


async def listen(feed: ScriptedFeed, publisher: Publisher) -> MassiveListener:
    """Listen until the feed's scripts are over, then stop."""
    listener = listener_for(feed.url, publisher)
    running = asyncio.create_task(listener.run())
    async with asyncio.timeout(30):
        await feed.finished.wait()
        # the last frames are on their way
        await asyncio.sleep(0.1)
        listener.stop()
        await running
    return listener


async def test_everything_of_a_frame_arrives(publisher: Publisher, topics: FeedTopics) -> None:
    """All kinds in their topics; what is bad among them in the dead letters, with its bytes."""
    start = NOON + 1000
    minute = bar("NA", 3) | {"ev": "AM", "s": NOON - 60_000, "e": NOON}
    trade = {"ev": "T", "sym": "BRK.B", "p": 0.0001, "s": 0, "ds": "0.5", "t": start, "c": [12, 37], "i": "x"}
    quote = {"ev": "Q", "sym": "NAN", "bp": 0, "bs": 0, "ap": 2.5, "as": 3, "t": start}
    band = {"ev": "LULD", "T": "ABRpD", "h": 3.5, "l": 2.5, "i": [17], "t": start * 1_000_000}
    bad = bar("A", 1, v=-1)
    async with ScriptedFeed(
        [send(bar("A", 0), minute, bad, trade, quote, band, {"ev": "NOI", "T": "A"}), send_raw("not json"), stay]
    ) as feed:
        listener = await listen(feed, publisher)

    aggregates = await topics.records(AGGREGATES, Aggregate)
    assert {(each.ticker, each.interval_ms) for each in aggregates} == {("A", 1000), ("NA", 60_000)}
    assert [each.size for each in await topics.records(TRADES, Trade)] == [0.5]
    assert [(each.bid, each.ask, each.ask_size) for each in await topics.records(QUOTES, Quote)] == [(None, 2.5, 3)]
    assert [each.indicators for each in await topics.records(HALTS, LimitBand)] == [(17,)]
    letters = await topics.records(DEAD_LETTERS, DeadLetter)
    assert {(each.reason, each.payload) for each in letters} == {
        (Reason.BAD_VOLUME, json.dumps(bad).encode()),
        (Reason.UNKNOWN_EVENT, b'{"ev": "NOI", "T": "A"}'),
        (Reason.NOT_JSON, b"not json"),
    }
    assert dict(listener.counters.rejects) == {"bad_volume": 1, "unknown_event": 1, "not_json": 1}
    assert sorted(feed.subscriptions[0].split(",")) == sorted(CHANNELS)


@pytest.mark.parametrize(
    "ending", [close(1000), close(1001), close(1008), abort], ids=["1000", "1001", "1008", "abort"]
)
async def test_nothing_is_lost_or_doubled_when_a_connection_ends(
    publisher: Publisher, topics: FeedTopics, ending: Act
) -> None:
    """The client returns silently after a clean close and counts drops for life; this listener comes back each time."""
    scripts = []
    for connection in range(8):
        elements = [bar(f"T{number % 20}", connection * 1000 + number) for number in range(1000)]
        # a broken connection takes with it what the client has not read: let it read first
        pause = send_raw(status("success", "pause"))
        scripts.append([send(*elements), pause, _rest, stay if connection == 7 else ending])
    async with ScriptedFeed(*scripts) as feed:
        listener = await listen(feed, publisher)

    assert listener.counters.connections == 8
    assert listener.counters.bars == 8000
    read = await topics.records(AGGREGATES, Aggregate)
    for ticker in {each.ticker for each in read}:
        volumes = [each.volume for each in read if each.ticker == ticker]
        assert volumes == sorted(set(volumes))
    assert sorted(each.volume for each in read) == list(range(8000))


async def _rest(_connection: ServerConnection) -> None:
    await asyncio.sleep(0.05)


async def test_clocks_cover_what_came_before_them(publisher: Publisher, topics: FeedTopics) -> None:
    """In every partition of every topic, whether it has records or not; a correction does not set them back."""
    elements = [bar(f"T{number % 20}", number // 20) for number in range(2000)]
    elements.insert(1500, bar("LATE", 3))
    async with ScriptedFeed([send(*elements), stay]) as feed:
        listener = await listen(feed, publisher)

    assert listener.clock.event_time == NOON + 99_999
    found = await topics.read(*CLOCKED)
    assert len(found) == len(CLOCKED) * PARTITIONS
    for messages in found.values():
        clocks = [message.record.event_time for message in messages if isinstance(message.record, Clock)]
        assert clocks == [NOON + 1000 * second - 1 for second in range(1, 101)]
        reached = 0
        for message in messages:
            if isinstance(message.record, Clock):
                reached = message.record.event_time
            elif isinstance(message.record, Aggregate) and message.record.ticker != "LATE":
                assert message.record.start_time + 1000 == reached + 1


async def test_a_frame_larger_than_a_mebibyte_arrives(publisher: Publisher, topics: FeedTopics) -> None:
    """The client's own limit would end the connection."""
    elements = [bar(f"T{number}", number) for number in range(12_000)]
    async with ScriptedFeed([send(*elements, per_frame=12_000), stay]) as feed:
        await listen(feed, publisher)

    assert len(await topics.records(AGGREGATES, Aggregate)) == 12_000


async def test_a_huge_frame_that_is_not_json_does_not_stop_the_feed(publisher: Publisher, topics: FeedTopics) -> None:
    """Its dead letter is cut to what a broker takes, and says so."""
    async with ScriptedFeed([send_raw("x" * 3_000_000), send(bar("A", 1)), stay]) as feed:
        await listen(feed, publisher)

    assert len(await topics.records(AGGREGATES, Aggregate)) == 1
    (letter,) = await topics.records(DEAD_LETTERS, DeadLetter)
    assert len(letter.payload) < 1_000_000
    assert "of 3000000 bytes" in letter.detail


async def test_a_full_queue_lets_the_socket_wait(publisher: Publisher, topics: FeedTopics) -> None:
    """Counted, and nothing is dropped."""
    elements = [bar(f"T{number}", number) for number in range(3000)]
    async with ScriptedFeed([send(*elements, per_frame=10), stay]) as feed:
        listener = listener_for(feed.url, publisher, queue_frames=2)
        slow = publisher.send

        async def slowly() -> None:
            await asyncio.sleep(0.01)
            await slow()

        publisher.send = slowly  # type: ignore[method-assign]
        running = asyncio.create_task(listener.run())
        async with asyncio.timeout(30):
            while listener.counters.bars < 3000:  # noqa: ASYNC110 - the listener announces nothing
                await asyncio.sleep(0.02)
            listener.stop()
            await running

    assert listener.counters.stalls > 0
    assert listener.counters.stalled_seconds > 0
    assert listener.counters.deepest <= 2
    assert len(await topics.records(AGGREGATES, Aggregate)) == 3000


async def test_a_wrong_key_ends_it_at_once(publisher: Publisher) -> None:
    """Trying again would not help; the key is not in the message."""
    async with ScriptedFeed() as feed:
        with pytest.raises(FeedRefusedError, match=r"refuses the key \(authentication failed\)") as caught:
            await listener_for(feed.url, publisher, key="s3cret").run()

    assert "s3cret" not in str(caught.value)
    assert feed.connections == 1


async def test_an_occupied_account_is_waited_for(publisher: Publisher, topics: FeedTopics) -> None:
    """``max_connections`` comes in place of ``auth_success``, or behind it; both wait and try again."""
    instead = ScriptedFeed([], [send(bar("A", 1)), stay], after_auth="max_connections")
    behind = ScriptedFeed([send_raw(status("max_connections")), close(1008)], [send(bar("A", 2)), stay])
    for feed in (instead, behind):
        async with feed:
            listener = await listen(feed, publisher)
            assert listener.counters.connections == 2

    assert sorted(each.volume for each in await topics.records(AGGREGATES, Aggregate)) == [1, 2]


async def test_a_server_that_is_not_there_is_tried_again_and_in_the_end_given_up(publisher: Publisher) -> None:
    """The client would try for ever, uncounted."""
    with pytest.raises(FeedRefusedError, match="3 connections in a row brought nothing; the last: unreachable"):
        await listener_for("ws://127.0.0.1:1", publisher, max_failures=3).run()


@pytest.mark.parametrize("greeting", ["hello", "[]", "{}", '[{"ev":"status"}]', "7"])
async def test_a_server_that_answers_the_key_with_nonsense_is_tried_again(publisher: Publisher, greeting: str) -> None:
    """The client's own errors are ends like any other."""
    async with ScriptedFeed(answer=greeting) as feed:
        with pytest.raises(FeedRefusedError, match="2 connections in a row brought nothing; the last: dropped"):
            await listener_for(feed.url, publisher, max_failures=2).run()

    assert feed.connections == 2


async def test_stopping_while_nothing_comes_is_quick(publisher: Publisher) -> None:
    """A quiet feed, or one that is waited for, does not hold up the end."""
    async with ScriptedFeed([stay]) as feed:
        await listen(feed, publisher)
    listener = listener_for("ws://127.0.0.1:1", publisher)
    listener._backoff = Backoff(60, 60)
    running = asyncio.create_task(listener.run())
    await asyncio.sleep(0.2)
    listener.stop()
    async with asyncio.timeout(5):
        await running


async def test_a_simulated_market_arrives_to_the_last_message(publisher: Publisher, topics: FeedTopics) -> None:
    """Half a minute around the open, every message that the simulator sent and no other."""
    market = Market(3, date(2025, 1, 6), 300)
    start = (market.day.open - market.day.start) // 1000
    pace = Pace(start=start - 10, until=start + 20, speed=None, prefill=False)
    server = MassiveServer(market, frozenset({KEY}), pace)
    await server.start()
    listener = listener_for(f"ws://127.0.0.1:{server.port}", publisher)
    running = asyncio.create_task(listener.run())
    async with asyncio.timeout(60):
        await server.run_day()
        while listener.counters.records < server.events_sent:  # noqa: ASYNC110 - the listener announces nothing
            await asyncio.sleep(0.02)
        listener.stop()
        await running
        await server.close()

    kinds = ((AGGREGATES, Aggregate), (TRADES, Trade), (QUOTES, Quote), (HALTS, LimitBand))
    written = [await topics.records(*of) for of in kinds]
    assert sum(map(len, written)) == server.events_sent == listener.counters.records
    assert all(written)
    assert not listener.counters.rejects
