"""Partitions are those of every other Kafka client that uses murmur2."""

import pytest
from aiokafka.partitioner import DefaultPartitioner

from streams.feed.partitioner import Partitioner

TICKERS = ["A", "NA", "AAPL", "BRK.B", "ABRpD", "GOOGL", "ACHR.WS", "TRUE", "ABCDEFGHIJKL", "ZVZZT"]


@pytest.mark.parametrize("partitions", [1, 8, 13])
def test_partitions_are_those_of_the_default_partitioner(partitions: int) -> None:
    """Aiokafka's own choice for every length of key, from one byte on."""
    everyone = list(range(partitions))
    expected = [DefaultPartitioner()(ticker.encode(), everyone, everyone) for ticker in TICKERS]

    assert Partitioner(partitions).of_all(TICKERS).tolist() == expected
