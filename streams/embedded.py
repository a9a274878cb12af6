"""One machine's services: those that the environment names, else a real Kafka and a real Valkey as child processes."""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from streams.embedded_kafka import EmbeddedKafka
from streams.embedded_valkey import EmbeddedValkey
from streams.errors import TickerboardError
from streams.kafka_warm import warm
from streams.settings import Settings

__all__ = ["EmbeddedKafka", "EmbeddedValkey", "Services", "services"]


class Services(NamedTuple):
    """Where the log and the read model are; what is embedded here can be asked for its health."""

    kafka_bootstrap: str
    redis_url: str
    kafka: EmbeddedKafka | None
    valkey: EmbeddedValkey | None

    def check(self) -> None:
        """Raise ``ServiceDiedError`` when an embedded service died."""
        if self.kafka:
            self.kafka.check()
        if self.valkey:
            self.valkey.check()


@contextmanager
def services(folder: Path | None = None, settings: Settings | None = None) -> Iterator[Services]:
    """Give the services for as long as the block runs.

    ``KAFKA_BOOTSTRAP`` and ``REDIS_URL`` are used where set; what is missing is started, both at once, in the folder
    (kept, with its topics) or a temporary one. Raises a ``ServiceError``.
    """
    chosen = settings or Settings()
    kafka = None if chosen.kafka_bootstrap else EmbeddedKafka(folder and folder / "kafka")
    valkey = None if chosen.redis_url else EmbeddedValkey(folder and folder / "valkey")
    embedded = [service for service in (kafka, valkey) if service]
    with ExitStack() as stack:
        for service in embedded:
            stack.callback(service.stop)
        with ThreadPoolExecutor(max_workers=2) as starters:
            for started in [starters.submit(service.start) for service in embedded]:
                started.result()
        yield Services(
            kafka.bootstrap if kafka else chosen.kafka_bootstrap,
            valkey.url if valkey else chosen.redis_url,
            kafka,
            valkey,
        )


def main(arguments: list[str] | None = None) -> int:
    """Prepare what embedded services need, or run them until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m streams.embedded", description=__doc__)
    parser.add_argument("--warm", action="store_true", help="download Kafka and prepare a fast start, then exit")
    parser.add_argument("--folder", type=Path, help="keep the data here instead of in a temporary folder")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.warm:
            warm(Settings().cache)
            return 0
        with services(chosen.folder) as running:
            sys.stdout.write(f"KAFKA_BOOTSTRAP={running.kafka_bootstrap} REDIS_URL={running.redis_url}\n")
            sys.stdout.flush()
            while True:
                running.check()
                time.sleep(1)
    except KeyboardInterrupt:
        return 0
    except TickerboardError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
