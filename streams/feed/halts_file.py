"""Files of the exchange's halt feed into the topic ``halts``."""

from collections.abc import Iterable
from operator import attrgetter
from pathlib import Path

from schemas import clock
from streams.feed.halts_rss import HaltFeed, read_halts
from streams.feed.publisher import Publisher
from streams.feed.text_table import read_bytes


def read_halts_file(path: Path) -> HaltFeed:
    """Read a file of the feed, plain or compressed; raise ``InputError`` where it cannot be used."""
    return read_halts(read_bytes(path), str(path), clock.now_ms())


async def publish_halts(publisher: Publisher, feeds: Iterable[HaltFeed]) -> None:
    """Publish what files list, oldest halt first, and wait until Kafka has it all; refusals go to ``dead_letters``.

    No clock record is written: how far ``halts`` is, the feed of price bands says.
    """
    feeds = list(feeds)
    received = clock.now_ms()
    await publisher.publish(reject.letter(received) for feed in feeds for reject in feed.rejects)
    halts = sorted((halt for feed in feeds for halt in feed.halts), key=attrgetter("halt_time", "event_time"))
    await publisher.publish(halts)
    await publisher.flush()
