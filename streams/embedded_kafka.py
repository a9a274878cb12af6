"""A real Apache Kafka, one node in KRaft mode, as a child process."""

import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from streams.errors import ServiceDiedError
from streams.kafka_runtime import NODE, format_storage, java, start_options
from streams.processes import LOOPBACK, ServiceProcess, claim_folder, claim_port, free_port
from streams.settings import Settings

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 2.0
PORT_TRIES: Final = 3

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
    "controlled.shutdown.enable": "false",
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


class EmbeddedKafka:
    """Kafka on a loopback port.

    ``port`` 0 takes a free one; no ``folder`` means a temporary one, removed at the end; ``heap`` is Java's largest heap;
    ``settings`` are further properties of the broker, ``jvm_options`` of its Java. A folder used before goes on with the
    topics in it.
    """

    def __init__(
        self,
        folder: Path | None = None,
        port: int = 0,
        heap: str = "1g",
        settings: Mapping[str, str] | None = None,
        jvm_options: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.port = port
        self.heap = heap
        self.settings = settings or {}
        self.jvm_options = jvm_options
        self._process: ServiceProcess | None = None

    @property
    def bootstrap(self) -> str:
        """``host:port`` of the broker."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the Java machine; 0 when not started."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it takes requests; raises a ``ServiceError``."""
        wanted = self.port
        for attempt in range(PORT_TRIES):
            try:
                self._start_on(claim_port(wanted, "Kafka"))
            except ServiceDiedError as error:
                # A free port may be taken by another process between being chosen and being bound.
                if wanted or attempt == PORT_TRIES - 1 or "Address already in use" not in str(error):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop it; nothing happens when it does not run."""
        if self._process:
            self._process.stop()
            self._process = None

    def check(self) -> None:
        """Raise ``ServiceDiedError``, with its last lines, when it died since it was started."""
        if self._process:
            self._process.check()

    def _start_on(self, port: int) -> None:
        self.port = port
        folder = claim_folder(self.folder, "Kafka")
        cache = Settings().cache
        properties = self._write_properties(folder)
        format_storage(folder / "storage", properties, cache)
        memory = ["-Xms128m", f"-Xmx{self.heap}", "-XX:+UseG1GC", *start_options(cache), *self.jvm_options]
        self._process = ServiceProcess(
            "Kafka",
            [*java(*memory), "kafka.Kafka", str(properties)],
            folder / "kafka.log",
            grace_seconds=0.0 if self.folder is None else STOP_SECONDS,
            doomed=folder if self.folder is None else None,
        )
        try:
            self._process.wait(lambda: broker_answers(self.port), START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def _write_properties(self, folder: Path) -> Path:
        controller = f"{LOOPBACK}:{free_port()}"
        properties = {
            **BROKER,
            "listeners": f"BROKER://{self.bootstrap},CONTROLLER://{controller}",
            "controller.quorum.voters": f"{NODE}@{controller}",
            "log.dirs": str(folder / "storage"),
            **self.settings,
        }
        path = folder / "kafka.properties"
        path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")
        return path

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
