"""Alerts wait until they are sent and shown: each is made once, with what was known of its ticker on its day."""

from typing import Any, Final

import msgspec
import numpy as np
import pytest

from schemas.records import Alert, Reference
from streams import alert_writer
from streams.alert_writer import AlertWriter, trading_date_at
from streams.background import Background
from streams.partition_state import PartitionState, bar_state
from tests.unit.market.builders import CODEC, DAY, DECODER, MINUTE, NEXT_DAY, SECOND, bar, encoded

NOON: Final = DAY.open + 150 * MINUTE
NOWHERE: Final[Any] = None
"""Neither Kafka nor Redis: nothing is sent here."""


@pytest.fixture
def writer() -> AlertWriter:
    """Give a writer that only collects."""
    return AlertWriter(NOWHERE, NOWHERE, CODEC)


def waiting(writer: AlertWriter) -> list[Alert]:
    """Return what waits to be shown."""
    return [msgspec.json.decode(shown.packed, type=Alert) for shown in writer._for_redis]


def partition(background: Background, *prices: float) -> PartitionState:
    """Return a partition in which a ticker had these prices, a minute apart."""
    state = bar_state(SECOND, "00", background)
    records = [bar("A", NOON + number * MINUTE, price) for number, price in enumerate(prices)]
    state.fold(DECODER, encoded(records), np.arange(len(records)))
    return state


def test_what_happened_becomes_alerts_once(writer: AlertWriter) -> None:
    """With the extremes of the days before; what was taken is not taken again."""
    background = Background()
    record = Reference(ticker="A", trading_date="2025-01-06", highs=(11.5, 20.0), lows=(9.0, 8.0))
    background.put(record)
    state = partition(background, 10.0, 12.0)

    for _ in range(2):
        writer.take(0, state, background)

    (high,) = [alert for alert in waiting(writer) if alert.kind == "new_high"]
    assert (high.ticker, high.price, high.quality_days) == ("A", 12.0, 1)
    assert high.note == "broke yesterday's high of $11.50"
    assert writer.counts["new_high"] == 1
    assert [CODEC.decode(message.value) for message in writer._for_kafka] == waiting(writer)
    assert {(message.partition, message.key) for message in writer._for_kafka} == {(0, b"A")}


def test_without_a_reference_there_is_no_quality(writer: AlertWriter) -> None:
    """Nothing is known of the days before."""
    writer.take(0, partition(Background(), 10.0, 12.0), Background())

    assert {alert.quality_days for alert in waiting(writer)} == {None}


def test_where_redis_does_not_answer_the_oldest_go_first(writer: AlertWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka has them all."""
    monkeypatch.setattr(alert_writer, "LONGEST_QUEUE", 2)
    writer.take(0, partition(Background(), 10.0, 11.0, 12.0, 13.0), Background())

    assert [alert.price for alert in waiting(writer)] == [12.0, 13.0]
    assert len(writer._for_kafka) == 3


def test_an_alert_has_the_same_bytes_every_time(writer: AlertWriter) -> None:
    """A set in Redis tells by them that it has it."""
    again = AlertWriter(NOWHERE, NOWHERE, CODEC)
    for each in (writer, again):
        each.take(0, partition(Background(), 10.0, 12.0, 9.0), Background())

    assert writer._for_redis == again._for_redis
    assert writer._for_kafka == again._for_kafka


@pytest.mark.parametrize(
    ("time", "date"),
    [
        (DAY.start, "2025-01-06"),
        (DAY.end, "2025-01-06"),
        (NEXT_DAY.start - 1, "2025-01-06"),
        (NEXT_DAY.start, "2025-01-07"),
    ],
)
def test_a_trading_date_lasts_until_the_next(time: int, date: str) -> None:
    """From 04:00 to 04:00, in keys and records."""
    assert trading_date_at(time) == date
