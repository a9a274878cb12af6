"""``tickerboard replay`` of a trades file: every print, once, in the topic of trades."""

from datetime import date
from pathlib import Path

import pytest

from schemas.records import Clock, Trade
from streams.feed.flat_file import read_flat_files
from streams.feed.flat_file_writer import write_trades
from streams.feed.market_model import Market
from streams.topics import TRADES
from tests.support.command_line import tickerboard
from tests.support.feed_topics import FeedTopics


@pytest.fixture
def trades_file(tmp_path: Path) -> Path:
    """Give the first half hour's trades of a small market."""
    write_trades(Market(3, date(2026, 6, 22), 40), tmp_path / "trades.csv.gz", until=30)
    return tmp_path / "trades.csv.gz"


async def test_trades_are_published_with_their_clocks(trades_file: Path, kafka_bootstrap: str) -> None:
    """As many prints as the file has, in every partition a clock that says that they are all there."""
    topics = FeedTopics(kafka_bootstrap)
    await topics.mark()
    file = read_flat_files([trades_file])

    ended = tickerboard("replay", trades_file, "--brokers", kafka_bootstrap)

    assert ended.returncode == 0, ended.stderr
    written = await topics.read(TRADES)
    records = [message.record for messages in written.values() for message in messages]
    assert sum(isinstance(record, Trade) for record in records) == file.counts.counted > 0
    last = [messages[-1].record for messages in written.values()]
    assert len(last) == 8
    assert all(isinstance(record, Clock) and record.event_time == file.as_of for record in last)


def test_without_brokers_there_is_nothing_to_do(trades_file: Path) -> None:
    """Boards are made from bars: one line says so, and what to do."""
    ended = tickerboard("replay", trades_file)

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "--brokers" in ended.stderr
