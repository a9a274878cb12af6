"""A real Apache Kafka, one node in KRaft mode, as a child process."""

import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from streams.embedded_service import EmbeddedService
from streams.kafka_runtime import NODE, format_storage, java, start_options
from streams.processes import LOOPBACK, free_port
from streams.settings import Settings

PATIENCE_SECONDS: Final = 2.0

BROKER: Final = {
    "process.roles": "broker,controller",
    "node.id": str(NODE),
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT",
    "inter.broker.listener.name": "BROKER",
    # Topics are made with their settings, never by a typing error.
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    # One machine, few clients: small pools start faster and leave the cores to the workers.
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
    # Nobody waits for more members or for other nodes: there are none.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "controller.quorum.election.timeout.ms": "100",
}

# Metadata, version 4: no topic asked for, none to be created. Sent with its length in front.
METADATA_REQUEST: Final = struct.pack(">hhih11sib", 3, 4, 1, 11, b"tickerboard", 0, 0)
BROKERS_START: Final = 12
BROKERS_END: Final = 16


def broker_answers(port: int) -> bool:
    """Tell whether the broker lists itself as alive; it listens, fenced, some time before. Raises ``OSError``."""
    with socket.create_connection((LOOPBACK, port), PATIENCE_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(METADATA_REQUEST)) + METADATA_REQUEST)
        answer = connection.recv(4096)
    # Length, correlation id, throttle time, then the number of brokers.
    return len(answer) >= BROKERS_END and int(struct.unpack_from(">i", answer, BROKERS_START)[0]) > 0


class EmbeddedKafka(EmbeddedService):
    """Kafka, which goes on with the topics in a folder used before.

    ``heap`` is the largest heap of its Java, ``settings`` are further properties of the broker, ``jvm_options`` further
    options of its Java.
    """

    name = "Kafka"
    needed_bytes = 256 * 1024 * 1024
    start_seconds = 60.0
    stop_seconds = 60.0

    def __init__(
        self,
        folder: Path | None = None,
        port: int = 0,
        heap: str = "1g",
        settings: Mapping[str, str] | None = None,
        jvm_options: Sequence[str] = (),
    ) -> None:
        super().__init__(folder, port)
        self.heap = heap
        self.settings = settings or {}
        self.jvm_options = jvm_options

    @property
    def bootstrap(self) -> str:
        """``host:port`` of the broker."""
        return self.address

    def command(self, folder: Path) -> list[str]:
        """Write the broker's properties, format its storage if it is new, and return the command that runs it."""
        cache = Settings().cache
        properties = folder / "kafka.properties"
        lines = [f"{name}={value}\n" for name, value in self._properties(folder).items()]
        properties.write_text("".join(lines), encoding="utf-8")
        format_storage(folder / "storage", properties, cache)
        memory = ["-Xms128m", f"-Xmx{self.heap}", "-XX:+UseG1GC"]
        return [*java(*memory, *start_options(cache), *self.jvm_options), "kafka.Kafka", str(properties)]

    def answers(self) -> bool:
        """Tell whether the broker is alive in its own eyes."""
        return broker_answers(self.port)

    def _properties(self, folder: Path) -> dict[str, str]:
        controller = f"{LOOPBACK}:{free_port()}"
        return {
            **BROKER,
            "listeners": f"BROKER://{self.address},CONTROLLER://{controller}",
            "controller.quorum.voters": f"{NODE}@{controller}",
            "log.dirs": str(folder / "storage"),
            **self.settings,
        }
