"""The publisher against a real broker: every record once, under its key, in order, the clocks where they belong."""

import asyncio
import random
from datetime import time
from functools import partial
from pathlib import Path

import pytest
from aiokafka.partitioner import murmur2

from schemas.codec import Codec
from schemas.records import Aggregate, Clock, DeadLetter, Halt, LimitBand, Reason, Reference, Trade
from streams.commands.halts import publish
from streams.feed.columns import event_time_of
from streams.feed.feed_clock import FeedClock
from streams.feed.flat_file import read_flat_files
from streams.feed.halts_file import read_halts_file
from streams.feed.publisher import Publisher, PublishError
from streams.feed.replay import publish_file
from streams.settings import Settings
from streams.topics import AGGREGATES, CLOCKED, DEAD_LETTERS, HALTS, REFERENCE, TRADES
from tests.support.feed_topics import PARTITIONS, FeedTopics, Written
from tests.support.flat_files import bar, write
from tests.support.records import RECORDS

NOON = 1_736_182_800_000


@pytest.fixture
async def topics(kafka_bootstrap: str) -> FeedTopics:
    """Return the topics, marked."""
    found = FeedTopics(kafka_bootstrap)
    await found.mark()
    return found


def mixed(count: int, seed: int) -> list[Aggregate | Trade | LimitBand]:
    """Return records of the three kinds whose event times rise, now and then a correction among them."""
    rng = random.Random(seed)
    records: list[Aggregate | Trade | LimitBand] = []
    now = NOON
    for number in range(count):
        now += rng.choice([0, 0, 1, 30, 700, 2500])
        when = now - 5000 if rng.random() < 0.05 else now
        ticker = f"T{rng.randrange(50)}"
        kind = rng.randrange(3)
        if kind == 0:
            bar_of = partial(Aggregate, open=1.0, high=2.0, low=0.5, close=1.5, interval_ms=1000)
            records.append(bar_of(ticker=ticker, start_time=when - 1000, volume=number, received_time=now))
        elif kind == 1:
            records.append(
                Trade(
                    ticker=ticker, price=1.0, size=number, trade_time=when, conditions=(number % 7,), received_time=now
                )
            )
        else:
            records.append(LimitBand(ticker=ticker, event_time=when, high_limit=float(number), received_time=now))
    return records


def check_partition(partition: int, messages: list[Written], end: int) -> None:
    """Assert that keys belong here, that clocks rise to the end, and that none passes a record it covers."""
    reached = newest = 0
    for message in messages:
        if isinstance(message.record, Clock):
            assert message.key is None
            assert message.record.event_time > reached
            reached = message.record.event_time
            assert newest <= reached
        else:
            assert isinstance(message.record, Aggregate | Trade | LimitBand)
            assert message.key == message.record.ticker.encode()
            assert (murmur2(message.key) & 0x7FFFFFFF) % PARTITIONS == partition
            newest = max(newest, event_time_of(message.record))
    assert reached == end


@pytest.mark.parametrize("lz4", [True, False])
async def test_records_and_clocks_in_order(kafka_bootstrap: str, topics: FeedTopics, *, lz4: bool) -> None:
    """Per ticker the given order, nothing lost or doubled, the clocks of the feed in all partitions of all topics."""
    records = mixed(20_000, 7)
    feed_clock = FeedClock()
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS, lz4=lz4) as publisher:
        for number, record in enumerate(records):
            due = feed_clock.advance(event_time_of(record))
            if due is not None:
                publisher.add_clock(due, NOON)
            publisher.add(record)
            if number % 777 == 0:
                await publisher.send()
        end = feed_clock.finish(NOON + 10**9)
        await publisher.clock(end)

    found = await topics.read(*CLOCKED)
    assert len(found) == len(CLOCKED) * PARTITIONS
    for (_, partition), messages in found.items():
        check_partition(partition, messages, end)
    for topic, kind in ((AGGREGATES, Aggregate), (TRADES, Trade), (HALTS, LimitBand)):
        read = await topics.records(topic, kind)
        for ticker in {record.ticker for record in records}:
            given = [record for record in records if type(record) is kind and record.ticker == ticker]
            assert [record for record in read if record.ticker == ticker] == given


async def test_types_that_share_a_topic_keep_their_order(kafka_bootstrap: str, topics: FeedTopics) -> None:
    """Halts, bands and clocks stand in each partition as they were given, also where a send comes in between."""
    rng = random.Random(3)
    given: list[LimitBand | Halt | Clock] = []
    for number in range(3000):
        ticker, now = f"T{rng.randrange(30)}", NOON + number
        kind = rng.choice(["band", "band", "halt", "clock"])
        if kind == "band":
            given.append(LimitBand(ticker=ticker, event_time=now, high_limit=float(number), received_time=now))
        elif kind == "halt":
            given.append(Halt(ticker=ticker, event_time=now, halt_time=now, reason="T1", received_time=now))
        else:
            given.append(Clock(event_time=now, received_time=now))
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS) as publisher:
        for number, record in enumerate(given):
            publisher.add(record)
            if number % 701 == 0:
                await publisher.send()

    found = await topics.read(HALTS)
    assert len(found) == PARTITIONS
    for (_, partition), messages in found.items():
        here = [
            record
            for record in given
            if isinstance(record, Clock) or (murmur2(record.ticker.encode()) & 0x7FFFFFFF) % PARTITIONS == partition
        ]
        assert [message.record for message in messages] == here
        assert all(message.key == (getattr(message.record, "ticker", "").encode() or None) for message in messages)


async def test_every_other_type_reaches_its_topic(kafka_bootstrap: str, topics: FeedTopics) -> None:
    """Encoded one by one, dead letters without a key."""
    others = [record for record in RECORDS if isinstance(record, Reference | DeadLetter)]
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS, clocked=()) as publisher:
        await publisher.publish(others)
        await publisher.clock(NOON)

    references = await topics.records(REFERENCE, Reference)
    assert sorted(references, key=repr) == sorted((each for each in others if isinstance(each, Reference)), key=repr)
    letters = await topics.records(DEAD_LETTERS, DeadLetter)
    assert sorted(letters, key=repr) == sorted((each for each in others if isinstance(each, DeadLetter)), key=repr)
    assert await topics.read(*CLOCKED) == {}


async def test_a_file_of_halts_arrives(kafka_bootstrap: str, topics: FeedTopics, tmp_path: Path) -> None:
    """Oldest halt first, without clocks; what was refused is in the dead letters."""
    fields = ("HaltDate", "HaltTime", "IssueSymbol", "ReasonCode")
    items = [
        ("01/06/2025", "12:00:00", "B", "T1"),
        ("01/06/2025", "11:00:00", "B", "LUDP"),
        ("01/06/2025", "", "C", "T1"),
    ]
    texts = [
        "".join(f"<ndaq:{name}>{text}</ndaq:{name}>" for name, text in zip(fields, each, strict=True)) for each in items
    ]
    path = tmp_path / "halts.xml"
    listed = "".join(f"<item>{text}</item>" for text in texts)
    path.write_text(f'<rss xmlns:ndaq="http://www.nasdaqtrader.com/"><channel>{listed}</channel></rss>')
    settings = Settings(kafka_bootstrap=kafka_bootstrap, partitions=PARTITIONS)
    await publish([read_halts_file(path)], settings)

    read = await topics.records(HALTS, Halt)
    assert [(record.ticker, record.halt_time) for record in read] == [("B", NOON - 3_600_000), ("B", NOON)]
    (letter,) = await topics.records(DEAD_LETTERS, DeadLetter)
    assert (letter.reason, letter.source, letter.position) == (Reason.MISSING_FIELD, str(path), 1)
    found = await topics.read(*CLOCKED)
    assert not any(isinstance(message.record, Clock) for messages in found.values() for message in messages)


async def test_a_file_arrives_whole(kafka_bootstrap: str, topics: FeedTopics, tmp_path: Path) -> None:
    """Sorted, clocked, the end said, what was refused in the dead letters."""
    lines = [
        bar(f"T{ticker}", f"2025-01-06 17:{minute:02}", [1.0 + ticker], minute)
        for ticker in range(40)
        for minute in range(30)
    ]
    path = write(tmp_path / "bars.csv.gz", ["broken", *lines])
    file = read_flat_files([path], until=time(12, 20))
    seen: list[tuple[int, int]] = []
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS) as publisher:
        await publish_file(publisher, file, progress=lambda done, total: seen.append((done, total)))

    found = await topics.read(*CLOCKED)
    for (_, partition), messages in found.items():
        check_partition(partition, messages, NOON + 20 * 60_000)
        clocks = [message.record.event_time for message in messages if isinstance(message.record, Clock)]
        assert clocks == [NOON + minute * 60_000 - 1 for minute in range(1, 21)] + [NOON + 20 * 60_000]
    bars = await topics.records(AGGREGATES, Aggregate)
    assert len(bars) == 40 * 20
    assert {each.volume for each in bars} == set(range(20))
    assert seen == [(800, 800)]
    (letter,) = await topics.records(DEAD_LETTERS, DeadLetter)
    assert (letter.reason, letter.position, letter.payload) == (Reason.MALFORMED_LINE, 2, b"broken")


async def test_a_paced_file_takes_its_time(kafka_bootstrap: str, topics: FeedTopics, tmp_path: Path) -> None:
    """One minute of second bars at 60 x lasts a second; what is before the pace begins goes at once."""
    lines = [bar("A", f"2025-01-06 17:00:{second:02}", [1.0], second) for second in range(60)]
    file = read_flat_files([write(tmp_path / "bars.csv", lines)])
    loop = asyncio.get_running_loop()
    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS) as publisher:
        began = loop.time()
        await publish_file(publisher, file, speed=60.0)
        whole = loop.time() - began
        began = loop.time()
        await publish_file(publisher, file, speed=60.0, paced_from=NOON + 60_000)
        at_once = loop.time() - began

    assert 0.9 < whole < 2.5
    assert at_once < whole
    found = await topics.read(AGGREGATES)
    times = [message.timestamp for messages in found.values() for message in messages if message.key]
    assert times[59] - times[0] > 800


@pytest.mark.usefixtures("topics")
async def test_a_wrong_number_of_partitions_is_said(kafka_bootstrap: str) -> None:
    """Records under the wrong partition would never be noticed later."""
    with pytest.raises(PublishError, match="has 8 partitions, but this feed was told 5"):
        async with Publisher(kafka_bootstrap, Codec(), 5) as publisher:
            await publisher.publish(mixed(10, 1))


async def test_no_broker_is_said() -> None:
    """One line, with what to do."""
    with pytest.raises(PublishError, match=r"no Kafka broker answers at '127\.0\.0\.1:1'"):
        async with Publisher("127.0.0.1:1", Codec(), PARTITIONS):
            pass
