"""Kafka and Valkey from their own images, for the same tests on a machine with a Docker engine."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

import docker
import pytest
from docker.errors import DockerException
from testcontainers.community.valkey import ValkeyContainer
from testcontainers.core.container import DockerContainer

from schemas import clock
from streams.embedded import Services
from streams.embedded_kafka import BROKER, broker_answers
from streams.kafka_runtime import KAFKA_VERSION
from streams.processes import LOOPBACK, free_port

KAFKA_IMAGE: Final = f"apache/kafka:{KAFKA_VERSION}"
VALKEY_IMAGE: Final = "valkey/valkey:9"
START_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.1
CONTROLLER: Final = f"{LOOPBACK}:9093"


def skip_without_engine() -> None:
    """Skip, with the reason, where no Docker engine answers."""
    try:
        docker.from_env(timeout=5).close()
    except DockerException as error:
        pytest.skip(f"TEST_SERVICES=containers needs a Docker engine, and none answers: {error}")


def kafka_container(port: int) -> DockerContainer:
    """Return a broker with the embedded one's settings, reachable from here as the port on the loopback interface."""
    properties = {
        **BROKER,
        "listeners": f"BROKER://0.0.0.0:{port},CONTROLLER://{CONTROLLER}",
        "advertised.listeners": f"BROKER://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"{BROKER['node.id']}@{CONTROLLER}",
    }
    container = DockerContainer(KAFKA_IMAGE)
    for name, value in properties.items():
        container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    # The same port on both sides, as a broker tells its clients where it is.
    # Docker's client takes an address with the port; the wrapper's annotation does not know.
    container.ports[f"{port}/tcp"] = (LOOPBACK, port)  # type: ignore[assignment]
    return container


def wait_for_broker(port: int) -> None:
    """Wait until the broker takes requests."""
    deadline = clock.monotonic() + START_SECONDS
    while clock.monotonic() < deadline:
        with suppress(OSError):
            if broker_answers(port):
                return
        time.sleep(POLL_SECONDS)
    pytest.fail(f"the container's Kafka does not answer after {START_SECONDS:g} s")


@contextmanager
def container_services() -> Iterator[Services]:
    """Give Kafka and Valkey in containers for as long as the block runs."""
    skip_without_engine()
    port = free_port()
    with ExitStack() as stack:
        stack.enter_context(kafka_container(port))
        valkey = stack.enter_context(ValkeyContainer(VALKEY_IMAGE))
        wait_for_broker(port)
        host, valkey_port = valkey.get_container_host_ip(), valkey.get_exposed_port()
        yield Services(f"{LOOPBACK}:{port}", f"redis://{host}:{valkey_port}/0", None, None)
