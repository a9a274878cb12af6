"""Whatever happens to the workers, each record counts once: boards, rows and alerts are those of a run without it.

Every test publishes the same stream (bars, late bars, corrections, bars corrected too late, trades, late ones too,
pauses and price bands) at some pace, does something to the workers meanwhile, and compares what is left with what one
undisturbed worker leaves, which the oracle confirms. An alert may stand in the topic several times, but always with the
same bytes; in Redis it stands once.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import pytest
import redis
from aiokafka import TopicPartition

from schemas import clock
from schemas.codec import Codec
from streams import embedded
from streams.embedded import EmbeddedValkey
from streams.processes import free_port
from streams.tables import TABLES
from streams.topics import AGGREGATES, TOPICS
from tests.support.compare import assert_same, assert_same_alerts, differences
from tests.support.delivery import (
    PARTITIONS,
    Arena,
    Feed,
    Outcome,
    arena,
    check_shown,
    delete_topics,
    different,
    make_anew,
    progress_of,
    publish,
    run,
    send_raw,
    setbacks,
)
from tests.support.delivery_stream import Stream, make_stream
from tests.support.worker_processes import lossy

SEED: Final = int(os.environ.get("TICKERBOARD_TEST_SEED", "11"))
"""Of every random moment below; a failure shows what was done, and the seed repeats it."""
TICKERS: Final = 400
PACE_SECONDS: Final = 7.0
RESTORE_SECONDS: Final = 15.0
DATABASES: Final = itertools.cycle(range(1, 16))
MOST_WORKERS: Final = 3

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Stream:
    """Return what every test publishes."""
    return make_stream(SEED, TICKERS, tmp_path_factory.mktemp("stream"))


@pytest.fixture(scope="module")
def broker(services: embedded.Services, stream: Stream) -> Iterator[str]:
    """Give the session's Kafka with the topics of a worker, and what is known before the day begins in them."""
    names = [topic.name for topic in TOPICS]
    run(make_anew(services.kafka_bootstrap, names))
    run(publish(services.kafka_bootstrap, stream.references))
    yield services.kafka_bootstrap
    run(delete_topics(services.kafka_bootstrap, names))


@pytest.fixture(scope="module")
def undisturbed(
    broker: str, services: embedded.Services, stream: Stream, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    """Return what one worker leaves that nothing happens to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with arena(broker, database(services.redis_url), "undisturbed", folder) as alone:
        alone.publish(stream.records)
        alone.start()
        outcome = alone.outcome(stream)
        check_shown(alone.shown_alerts(), outcome.alerts)
        return outcome


@pytest.fixture
def field(broker: str, services: embedded.Services, unique: Callable[[str], str], tmp_path: Path) -> Iterator[Arena]:
    """Give an application of the test's own, with a new topic of bars."""
    with arena(broker, database(services.redis_url), unique("delivery"), tmp_path) as found:
        yield found


def database(redis_url: str) -> str:
    """Return the address of a database that the last tests did not use."""
    return f"{redis_url.rpartition('/')[0]}/{next(DATABASES)}"


def check(field: Arena, stream: Stream, undisturbed: Outcome, *, alerts_shown: bool = True) -> None:
    """Compare what is left at the end of the stream with what the undisturbed run left.

    In the changelog nothing older stands behind something newer.
    """
    outcome = field.outcome(stream)
    print(field.logs())  # noqa: T201 - shown with a failure
    assert list(differences(outcome.document, undisturbed.document, 0.0)) == []
    assert outcome.document == undisturbed.document
    assert outcome.progress == undisturbed.progress
    assert outcome.letters == undisturbed.letters
    assert sorted(set(undisturbed.alerts) ^ set(outcome.alerts)) == []
    assert outcome.alerts == undisturbed.alerts
    if alerts_shown:
        check_shown(field.shown_alerts(), outcome.alerts)
    assert field.committed() == field.ends()
    for table in TABLES:
        assert different(outcome.rows[table.name], undisturbed.rows[table.name], table) == []
        assert setbacks(field.changelog_items(table), table) == []


def test_one_worker(stream: Stream, undisturbed: Outcome) -> None:
    """A run that nothing happens to says what the oracle says of the bars as last corrected in time, and of the rest.

    Of alerts, that is those of trades and halts; bars make the others, of watched boards too.
    """
    alerts = [msgspec.to_builtins(Codec().decode(value)) for value in undisturbed.alerts.values()]
    kinds = {alert["kind"] for alert in alerts}
    of_feeds = {alert["kind"] for alert in stream.alerts}

    assert_same(undisturbed.document, stream.expected)
    assert_same_alerts([alert for alert in alerts if alert["kind"] in of_feeds], stream.alerts)
    assert undisturbed.letters == stream.too_late
    assert of_feeds == {"running_up", "running_down", "halted", "resumed"}
    assert kinds > of_feeds | {"new_high", "vwap_cross_up", "opening_range_down", "entered"}


def test_a_second_replay_by_two_workers(field: Arena, stream: Stream, undisturbed: Outcome) -> None:
    """The same records folded by two workers at once leave the same."""
    field.publish(stream.records)
    field.start()
    field.start()

    check(field, stream, undisturbed)


@pytest.mark.parametrize("kills", [3])
def test_kill_9_with_static_membership(field: Arena, stream: Stream, undisturbed: Outcome, kills: int) -> None:
    """A worker killed again and again at any moment, soon after its start too, folds every record once."""
    dice = Random(f"{SEED} static")
    worker = field.start("static")
    with Feed(field.bootstrap, stream.records, PACE_SECONDS) as feed:
        for kill in range(kills):
            # The first moments are those of starting, joining, recovering and reading again.
            time.sleep(dice.uniform(0.5, 4.5) if kill else dice.uniform(3, 4.5))
            worker.kill()
            worker = field.start("static")
        feed.finish()

    check(field, stream, undisturbed)


def test_kill_9_with_dynamic_membership(field: Arena, stream: Stream, undisturbed: Outcome) -> None:
    """One of two workers is killed; the other takes its partitions over, then a new one comes and gets a share."""
    dice = Random(f"{SEED} dynamic")
    victim, _ = field.start(), field.start()
    with Feed(field.bootstrap, stream.records, PACE_SECONDS) as feed:
        time.sleep(dice.uniform(4, 5.5))
        victim.kill()
        time.sleep(dice.uniform(0, 2))
        field.start()
        feed.finish()

    check(field, stream, undisturbed)


def test_sigterm(field: Arena, stream: Stream, undisturbed: Outcome) -> None:
    """A worker that is asked to stop leaves nothing behind: committed, written and folded are the same offset."""
    dice = Random(f"{SEED} sigterm")
    begin = 0
    for end in (stream.after(0.3), stream.after(0.6)):
        worker = field.start("stopped")
        shown = max(field.positions().values(), default=0)
        with Feed(field.bootstrap, stream.records[begin:end], PACE_SECONDS / 2) as feed:
            while max(field.positions().values(), default=0) <= shown:
                worker.check()
            time.sleep(dice.uniform(0.2, 1))
            worker.terminate()
            feed.finish()
        begin = end
        committed = field.committed()
        told = {table: progress_of(field.changelog_items(table)) for table in TABLES}
        assert committed == {
            TopicPartition(table.source.name, part): progress.position
            for table in TABLES
            for part, progress in told[table].items()
        }
        bars = field.committed_bars()
        assert all(bars[part] >= position for part, position in field.positions().items())
        check_shown(field.shown_alerts(), field.alerts())
        assert len(field.dead_letters()) == len({letter.payload for letter in field.dead_letters()})
    field.start("stopped")
    field.publish(stream.records[begin:])

    check(field, stream, undisturbed)
    assert len(field.dead_letters()) == len(stream.too_late)


def test_a_frozen_worker_writes_nothing_behind_the_new_owner(
    field: Arena, stream: Stream, undisturbed: Outcome
) -> None:
    """A worker that wakes up after it lost its partitions, with changes not yet written, keeps them to itself.

    Its rows are older than those of the worker that took over; behind them in the changelog they would win, and the
    next worker to read them would go on from there with records missing.
    """
    first, second = stream.after(0.2), stream.after(0.6)
    sleeper = field.start(settings={"TICKERBOARD_FLUSH_SECONDS": "2"})
    field.publish(stream.records[:first])
    field.wait_position(1)
    with Feed(field.bootstrap, stream.records[first:second], PACE_SECONDS / 2) as feed:
        while len(ahead(field.positions(), field.committed_bars())) < PARTITIONS:
            sleeper.check()
        sleeper.freeze()
        assert len(ahead(field.positions(), field.committed_bars())) == PARTITIONS
        field.start(settings={"TICKERBOARD_FLUSH_SECONDS": "0.05"})
        feed.finish()
    field.wait_committed()
    sleeper.thaw()
    # Until its heartbeat fails, the new owner goes on writing: a few rows, and that it has done all there is.
    with Feed(field.bootstrap, stream.records[second : second + 60], 1.0) as feed:
        feed.finish()
    field.publish(stream.records[second + 60 :])

    check(field, stream, undisturbed)


def ahead(offsets: Mapping[int, int], others: Mapping[int, int]) -> list[int]:
    """Return the partitions in which one is ahead of the other."""
    return [partition for partition, offset in offsets.items() if offset > others.get(partition, 0)]


def test_random_membership(field: Arena, stream: Stream, undisturbed: Outcome) -> None:
    """Up to three workers come, are stopped and are killed at random."""
    chaos(field, stream, 15.0, Random(f"{SEED} chaos"))

    check(field, stream, undisturbed)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("number", range(20))
def test_random_membership_for_long(field: Arena, stream: Stream, undisturbed: Outcome, number: int) -> None:
    """Ten minutes of it."""
    chaos(field, stream, 30.0, Random(f"{SEED} chaos {number}"))

    check(field, stream, undisturbed)


def chaos(field: Arena, stream: Stream, seconds: float, dice: Random) -> None:
    """Let workers come and go while the stream is published, and see that one is there at the end."""
    field.start("slot-0")
    began = clock.monotonic()
    with Feed(field.bootstrap, stream.records, seconds) as feed:
        while (now := clock.monotonic() - began) < seconds:
            running = field.running()
            deed = dice.choice(["start", "start", "kill", "terminate", "wait"])
            if deed == "start" and len(running) < MOST_WORKERS:
                names = {f"slot-{number}" for number in range(MOST_WORKERS)} - {worker.name for worker in running}
                worker = field.start(dice.choice(["", min(names)]))
            elif deed in {"kill", "terminate"} and running:
                worker = dice.choice(running)
                worker.kill() if deed == "kill" else worker.terminate()
            else:
                continue
            print(f"{now:5.1f} s: {deed} {worker.name}")  # noqa: T201 - shown with a failure
            time.sleep(dice.uniform(0.2, 3))
        feed.finish()
    if not field.running():
        field.start("slot-0")


@pytest.mark.parametrize("share", [0.3])
def test_records_lost_between_broker_and_agent_are_read_again(
    field: Arena, stream: Stream, undisturbed: Outcome, share: float
) -> None:
    """Batches that vanish after they were fetched, the first of a partition too, are noticed and fetched again."""
    field.start(program=lossy(SEED, share))
    field.publish(stream.records[:200])
    field.wait_position(1)
    with Feed(field.bootstrap, stream.records[200:], PACE_SECONDS / 2) as feed:
        feed.finish()

    check(field, stream, undisturbed)
    assert "records missing, reading again" in field.logs()


@pytest.mark.parametrize("flushed", [True, False])
def test_kill_9_between_bars_and_their_corrections(
    field: Arena, stream: Stream, undisturbed: Outcome, *, flushed: bool
) -> None:
    """The bars of the last 16 minutes, which only a killed worker had, are read again: corrections are exact."""
    middle = stream.after(0.6)
    field.publish(stream.records[:middle])
    worker = field.start("killed")
    field.wait_folded(0)
    if flushed:
        field.wait_committed()
    worker.kill()
    field.publish(stream.records[middle:])
    field.start("killed")

    check(field, stream, undisturbed)


def test_a_topic_made_anew_starts_over(field: Arena, stream: Stream, tmp_path: Path) -> None:
    """Offsets and rows of a topic that was deleted say nothing of the topic of the same name."""
    other = make_stream(SEED + 1, 30, tmp_path)
    field.publish(stream.records)
    field.start()
    field.wait_folded(stream.as_of)
    field.stop()

    run(make_anew(field.bootstrap, [table.source.name for table in TABLES]))
    field.publish(other.records)
    field.start()
    field.wait_folded(other.as_of)

    facts = field.document(other.as_of)
    assert set(facts["symbols"]) == set(other.expected["symbols"])
    volumes = {ticker: row["accumulated_volume"] for ticker, row in facts["symbols"].items()}
    assert volumes == pytest.approx(
        {ticker: row["accumulated_volume"] for ticker, row in other.expected["symbols"].items()}, rel=1e-12
    )


def test_redis_emptied_and_restarted(field: Arena, stream: Stream, undisturbed: Outcome, tmp_path: Path) -> None:
    """A read model that loses its data, or goes away and comes back empty, is whole again within seconds."""
    with EmbeddedValkey(tmp_path / "valkey", port=free_port()) as valkey:
        field.redis_url = valkey.url
        field.start()
        with Feed(field.bootstrap, stream.records, PACE_SECONDS / 2) as feed:
            field.wait_position(100)
            with redis.Redis.from_url(valkey.url) as client:
                client.flushall()
            field.wait_position(200)
            valkey.stop()
            time.sleep(1)
            valkey.start()
            feed.finish()
        field.wait_folded(stream.as_of)
        with redis.Redis.from_url(valkey.url) as client:
            client.flushall()
        time.sleep(3)

        check(field, stream, undisturbed, alerts_shown=False)


def test_redis_emptied_has_its_alerts_again(field: Arena, stream: Stream) -> None:
    """All that is in Redis can be made again from Kafka, alerts too."""
    field.publish(stream.records)
    field.start()
    field.wait_folded(stream.as_of)
    with redis.Redis.from_url(field.redis_url) as client:
        client.flushdb()
    field.wait_folded(stream.as_of)
    deadline = clock.monotonic() + RESTORE_SECONDS
    while len(set(field.shown_alerts())) < len(field.alerts()) and clock.monotonic() < deadline:
        time.sleep(0.1)

    check_shown(field.shown_alerts(), field.alerts())


def test_alerts_are_shown_before_their_records_are_done_with(
    field: Arena, stream: Stream, undisturbed: Outcome
) -> None:
    """A worker that is killed when the changelog has all, but before it has written any board, loses no alert."""
    field.publish(stream.records)
    worker = field.start("killed", {"TICKERBOARD_PUBLISH_SECONDS": "600", "TICKERBOARD_FLUSH_SECONDS": "0.1"})
    field.wait_committed()
    worker.kill()
    assert field.positions() == {}
    field.start("killed")

    check(field, stream, undisturbed)


def test_bytes_that_are_no_record(field: Arena, stream: Stream, undisturbed: Outcome) -> None:
    """What cannot be read goes to the dead letters with where it stood, once, and the rest is folded."""
    middle = stream.after(0.5)
    unknown = b"\xc3\x01" + bytes(range(8)) + b"a record of a schema nobody knows"
    junk = [(0, b"AAA", b"junk"), (1, None, b""), (2, b"AAA", unknown), (3, b"BBB", b"\xc3\x01"), (3, b"BBB", None)]
    field.start("reader")
    field.publish(stream.records[:middle])
    places = run(send_raw(field.bootstrap, junk))
    field.publish(stream.records[middle:])
    field.wait_folded(stream.as_of)
    field.stop()
    # What is read again to fill the pool of bars was reported before.
    field.start("reader")
    field.wait_folded(stream.as_of)
    document = field.document(stream.as_of)
    field.stop()

    letters = [letter for letter in field.dead_letters() if letter.reason == "undecodable"]
    assert sorted((letter.partition, letter.position, letter.payload) for letter in letters) == sorted(
        (*place, value or b"") for place, (_, _, value) in zip(places, junk, strict=True)
    )
    assert {letter.source for letter in letters} == {AGGREGATES.name}
    assert document == undisturbed.document
