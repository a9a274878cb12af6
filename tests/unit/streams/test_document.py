"""What a document says of heads."""

from schemas.parts import Head
from streams.document import newest_date


def head(partition: int, trading_date: str) -> Head:
    """Return a head of a trading date."""
    return Head(
        partition=partition,
        partitions=2,
        version=1,
        trading_date=trading_date,
        session="regular",
        event_time=1,
        complete_through=1,
        position=1,
        published_time=1,
        universe_version=1,
    )


def test_only_the_newest_trading_date_counts() -> None:
    """A partition that has not seen today's first record yet has nothing to say of today."""
    heads = [head(0, "2025-01-06"), head(1, "2025-01-03"), head(2, "2025-01-06")]

    assert [found.partition for found in newest_date(heads)] == [0, 2]
