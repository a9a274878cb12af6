"""``tickerboard load-reference`` from a vendor's API to Kafka: what is published, under which key, what is missing."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka.partitioner import murmur2
from click.testing import CliRunner, Result

from schemas.clock import now_ms
from schemas.codec import Codec
from schemas.records import Aggregate, Reference, TradeCondition, VolumeCurve
from streams.commands.load_reference import load_reference
from streams.feed.publisher import Publisher
from streams.feed.reference_file import read_reference_file
from streams.feed.reference_follow import follow
from streams.feed.ticker_lookup import TickerLookup
from streams.market.session import TradingDay, trading_day_at, trading_day_of
from streams.topics import AGGREGATES, REFERENCE, TRADE_CONDITIONS, VOLUME_CURVES
from tests.support.feed_topics import PARTITIONS, FeedTopics
from tests.support.flat_files import bar, write
from tests.support.rest_market import NEW, REVERSE, STEADY, fill, grouped_bar
from tests.support.rest_server import GROUPED, KEY, SNAPSHOT, RestServer, Trouble, rest_server

DAY: Final = trading_day_of(dt.date(2025, 1, 6))
Load = Callable[..., Result]


@pytest.fixture
def server() -> Iterator[RestServer]:
    """Give a server that knows a small market before 2025-01-06."""
    with rest_server() as running:
        fill(running, DAY)
        yield running


@pytest.fixture
def load(server: RestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return what runs the command against the server; answers are kept in the test's folder."""
    monkeypatch.setenv("MASSIVE_API_KEY", KEY)

    def run(*arguments: str | Path) -> Result:
        fixed = ["--url", server.url, "--rate", "1000", "--cache", tmp_path / "cache", "--date", str(DAY.date)]
        return CliRunner().invoke(load_reference, [*map(str, fixed), *map(str, arguments)], catch_exceptions=False)

    return run


@pytest.fixture
def topics(kafka_bootstrap: str) -> FeedTopics:
    """Return the topics, marked."""
    found = FeedTopics(kafka_bootstrap)
    asyncio.run(found.mark())
    return found


def test_everything_reaches_its_topic(
    kafka_bootstrap: str, topics: FeedTopics, server: RestServer, load: Load, tmp_path: Path
) -> None:
    """References adjusted for the split of the morning, curves and conditions; then tomorrow's beside today's."""
    lines = [bar(STEADY, f"2025-01-{day} 15:00", [10.0], 500) for day in ("02", "03")]
    history = write(tmp_path / "minutes.csv", lines)
    first = load("--brokers", kafka_bootstrap, "--history", history)
    bars = [grouped_bar(STEADY, 11.0, 1000), grouped_bar(REVERSE, 10.0, 2000)]
    server.answers[f"{GROUPED}2025-01-06"] = {"results": bars}
    load("--brokers", kafka_bootstrap, "--date", "2025-01-07")

    assert first.exit_code == 0, first.output
    found = asyncio.run(topics.read(REFERENCE))
    records = {written.key or b"": written.record for messages in found.values() for written in messages}
    assert sorted(records) == [
        f"{ticker}@{date}".encode() for ticker in (NEW, REVERSE, STEADY) for date in ("2025-01-06", "2025-01-07")
    ]
    for (_, partition), messages in found.items():
        for written in messages:
            assert isinstance(written.record, Reference)
            assert (murmur2(written.record.ticker.encode()) & 0x7FFFFFFF) % PARTITIONS == partition
    reverse = records[f"{REVERSE}@2025-01-06".encode()]
    assert isinstance(reverse, Reference)
    assert (reverse.prev_close, reverse.avg_volume, reverse.split_ratio) == (10.0, 2000.0, 0.1)
    next_day = records[f"{REVERSE}@2025-01-07".encode()]
    assert isinstance(next_day, Reference)
    assert (next_day.prev_close, next_day.highs[:2], next_day.split_ratio) == (10.0, (10.5, 10.5), None)
    (curve,) = asyncio.run(topics.records(VOLUME_CURVES, VolumeCurve))
    assert (curve.ticker, curve.sample_days, curve.volumes) == (STEADY, 2, (500.0,))
    conditions = {each.condition: each for each in asyncio.run(topics.records(TRADE_CONDITIONS, TradeCondition))}
    assert conditions[12].updates_volume
    assert not conditions[12].updates_last


def test_the_summary_says_what_is_missing(load: Load) -> None:
    """Of how many tickers, which ones; the split of the day; nothing is published, and nothing says the key."""
    result = load("--dry-run")

    assert result.exit_code == 0
    said = [" ".join(line.replace("│", " ").split()) for line in result.output.splitlines()]
    assert "2025-01-06: references of 3 tickers, no volume curves, 2 trade conditions" in said
    assert "split today: RVRS, 0.1 new for one old" in said
    assert "prev_close 1 NEWC" in said
    assert "float_shares 2 NEWC, RVRS" in said
    assert KEY not in result.output


def test_an_interrupted_load_goes_on_where_it_stopped(server: RestServer, load: Load) -> None:
    """Days that were answered are not asked for again."""
    server.troubles.append(Trouble(f"{GROUPED}2024-12-20", 418))
    with pytest.raises(Exception, match="the vendor answers 418"):
        load("--dry-run")
    before = server.paths()
    result = load("--dry-run")

    assert result.exit_code == 0
    asked = [path for path in server.paths()[len(before) :] if path.startswith(GROUPED)]
    assert f"{GROUPED}2024-12-20" in asked
    assert len(asked) < 60
    assert not set(asked) & {path for path in before[:-20] if path.startswith(GROUPED)}


def test_parts_that_the_plan_has_not_are_missing(server: RestServer, load: Load) -> None:
    """No float, no short interest: said, and the rest is there."""
    server.troubles.extend([Trouble("/stocks/vX/float", 403), Trouble("/stocks/v1/short-interest", 404)])
    result = load("--dry-run")

    assert result.exit_code == 0
    assert "float: missing; /stocks/vX/float: not in the plan of this key, or not there (403)" in result.output
    assert "short interest: missing" in result.output
    assert "references of 3 tickers" in result.output


def test_other_holidays_are_said(server: RestServer, load: Load) -> None:
    """A day that the vendor holds for closed, and the calendar for open."""
    server.answers["/v1/marketstatus/upcoming"] = [
        {"exchange": "NYSE", "date": "2025-01-08", "status": "closed", "name": "Invented"},
        {"exchange": "NYSE", "date": "2025-01-09", "status": "closed", "name": "National Day of Mourning"},
    ]

    assert "calendar: 2025-01-08: closed by the vendor, open by the calendar" in load("--dry-run").output


def test_previous_closes_are_compared_with_the_snapshot(server: RestServer, load: Load) -> None:
    """For the trading date that is running: differences are counted and listed."""
    today = trading_day_at(now_ms())
    fill(server, today)
    server.answers[SNAPSHOT]["tickers"].append({"ticker": NEW, "prevDay": {"c": 3.0}})
    output = load("--date", str(today.date), "--dry-run").output

    assert "previous close: 1 of 2 differ from the snapshot's prevDay; the largest:" in output
    assert "RVRS: 10 here, 1 there" in output


def test_without_the_session_before_nothing_is_known_of_its_close(
    server: RestServer, load: Load, tmp_path: Path
) -> None:
    """Rather no previous close than one of another day; a file shows what was loaded."""
    del server.answers[f"{GROUPED}2025-01-03"]["results"]
    result = load("--out", tmp_path / "out.csv", "--details")

    assert "none of 2025-01-03, the session before: no previous close is known" in result.output
    records = {each.ticker: each for each in read_reference_file(tmp_path / "out.csv", DAY.date).records}
    assert records[STEADY].prev_close is None
    assert records[STEADY].avg_volume == 1000.0
    assert records[STEADY].sector == "GOLD AND SILVER ORES"
    assert len(records[STEADY].highs) == 59


async def test_a_new_ticker_is_looked_up_and_published(kafka_bootstrap: str) -> None:
    """One that has no reference for the day of its bars, once; one that has is left alone."""
    topics = FeedTopics(kafka_bootstrap)
    await topics.mark()
    asked: list[str] = []

    async def fetch(ticker: str) -> Reference | None:
        asked.append(ticker)
        return Reference(ticker=ticker, trading_date="2025-03-05", prev_close=1.0) if ticker == "IPO" else None

    def lookup_of(day: TradingDay) -> TickerLookup:
        assert day.date == dt.date(2025, 3, 5)
        return TickerLookup(fetch)

    async with Publisher(kafka_bootstrap, Codec(), PARTITIONS, clocked=(AGGREGATES,)) as publisher:
        await publisher.publish([Reference(ticker="OLD", trading_date="2025-03-05")])
        following = asyncio.ensure_future(follow(kafka_bootstrap, Codec(), PARTITIONS, lookup_of, publisher))
        try:
            await publish_until(publisher, lambda: read_ipo(topics), ["IPO", "OLD", "NONE"])
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    assert sorted(asked) == ["IPO", "NONE"]


async def read_ipo(topics: FeedTopics) -> bool:
    """Tell whether the reference is there."""
    return any(record.ticker == "IPO" for record in await topics.records(REFERENCE, Reference))


async def publish_until(publisher: Publisher, reached: Callable[[], Awaitable[bool]], tickers: list[str]) -> None:
    """Publish bars of tickers, second after second, until something holds."""
    start = trading_day_of(dt.date(2025, 3, 5)).open
    prices: dict[str, Any] = {"open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0, "volume": 1.0}
    for second in range(100):
        time = start + second * 1000
        bars = [
            Aggregate(ticker=ticker, interval_ms=1000, start_time=time, received_time=time, **prices)
            for ticker in tickers
        ]
        await publisher.publish(bars)
        await publisher.clock(time + 1000)
        await publisher.flush()
        if await reached():
            return
        await asyncio.sleep(0.1)
    pytest.fail("not reached in time")
