"""The embedded services answer, say what is wrong in words, and are gone with their parent however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from schemas import clock
from streams import embedded
from streams.embedded import EmbeddedKafka, EmbeddedValkey
from streams.embedded_kafka import broker_answers
from streams.errors import FolderError, PortTakenError, ServiceDiedError
from streams.processes import LOOPBACK
from streams.settings import Settings
from streams.topic_admin import create_topic

PARENT = """
import sys, time
from pathlib import Path
from streams.embedded import services
from streams.settings import Settings
with services(settings=Settings(kafka_bootstrap="", redis_url="")) as running:
    folders = [Path(process._process.log).parent for process in running[2:]]
    print(running.kafka.pid, running.valkey.pid, *folders, flush=True)
    time.sleep(120)
"""


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Tell whether it comes to hold in time."""
    deadline = clock.monotonic() + seconds
    while not holds():
        if clock.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def parent() -> subprocess.Popen[str]:
    """Start a process that embeds both services."""
    return subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_services_end_with_their_parent(parent: subprocess.Popen[str], end: signal.Signals) -> None:
    """However the parent ends, its services end and their temporary folders are removed."""
    with parent:
        assert parent.stdout is not None
        kafka, valkey, *folders = parent.stdout.readline().split()
        supervisors = psutil.Process(parent.pid).children()
        services = [*supervisors, psutil.Process(int(kafka)), psutil.Process(int(valkey))]

        parent.send_signal(end)
        parent.wait(30)

    assert len(supervisors) == 2
    assert eventually(lambda: not any(service.is_running() for service in services))
    assert eventually(lambda: not any(Path(folder).exists() for folder in folders))


def test_a_supervisor_killed_takes_its_service_along() -> None:
    """A kill -9 of the process in between leaves no server behind."""
    with EmbeddedValkey() as valkey:
        server = psutil.Process(valkey.pid)
        supervisor = server.parent()
        assert supervisor is not None

        supervisor.kill()

        assert eventually(lambda: not server.is_running())


def test_both_answer(services: embedded.Services) -> None:
    """What the block gives takes requests at once."""
    port = int(services.kafka_bootstrap.rpartition(":")[2])

    assert broker_answers(port)
    with redis.Redis.from_url(services.redis_url) as client:
        assert client.ping()
    services.check()


@pytest.mark.skipif(os.environ.get("TEST_SERVICES") == "containers", reason="about the embedded services")
def test_only_this_machine_reaches_them(services: embedded.Services) -> None:
    """Nothing listens but on the loopback interface."""
    assert services.kafka
    assert services.valkey

    for pid in (services.kafka.pid, services.valkey.pid):
        listening = [c for c in psutil.Process(pid).net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {LOOPBACK}


def test_named_services_are_used_as_they_are() -> None:
    """Where the environment names both, nothing is started."""
    named = Settings(kafka_bootstrap="broker:9092", redis_url="redis://store:6379/1")

    with embedded.services(settings=named) as running:
        assert running == ("broker:9092", "redis://store:6379/1", None, None)


@pytest.mark.parametrize("service", [EmbeddedKafka, EmbeddedValkey])
def test_a_taken_port_is_named(service: type[EmbeddedKafka] | type[EmbeddedValkey]) -> None:
    """A port in use is an error with the port in it, before anything starts."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"127.0.0.1:{port}: Address already in use"):
            service(port=port).start()


@pytest.mark.parametrize("service", [EmbeddedKafka, EmbeddedValkey])
def test_a_folder_that_cannot_be_written_is_named(
    service: type[EmbeddedKafka] | type[EmbeddedValkey], tmp_path: Path
) -> None:
    """A folder of no use is an error with the folder and the reason in it."""
    (tmp_path / "file").touch()

    with pytest.raises(FolderError, match=f"cannot use {tmp_path}/file/data: Not a directory"):
        service(tmp_path / "file" / "data").start()


@pytest.mark.parametrize("service", [EmbeddedKafka, EmbeddedValkey])
def test_a_full_disk_is_named(
    service: type[EmbeddedKafka] | type[EmbeddedValkey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little space is an error before anything starts, with what is there and what is needed."""
    monkeypatch.setattr(service, "needed_bytes", 1 << 60)

    with pytest.raises(FolderError, match=f"needs 1099511627776 MB in {tmp_path}; its disk has [0-9]+ MB left"):
        service(tmp_path).start()


def test_a_java_that_dies_shows_its_last_lines() -> None:
    """Java's own words are in the error."""
    with pytest.raises(
        ServiceDiedError, match=r"(?s)Kafka ended with status 1.*larger value than the maximum heap size"
    ):
        EmbeddedKafka(heap="1m").start()


def test_a_broker_that_dies_shows_its_last_lines() -> None:
    """The broker's words are in the error, its stack frames are not."""
    with pytest.raises(ServiceDiedError, match=r"Invalid value many for configuration num.io.threads") as caught:
        EmbeddedKafka(settings={"num.io.threads": "many"}).start()

    assert "\tat " not in str(caught.value)


def test_a_valkey_that_dies_shows_its_last_lines() -> None:
    """Valkey's words are in the error."""
    with pytest.raises(ServiceDiedError, match=r"(?s)Valkey ended with status 1.*maxmemory"):
        EmbeddedValkey(settings={"maxmemory": "plenty"}).start()


def test_a_death_while_running_is_told() -> None:
    """Checking a service that was killed raises, and stopping it still works."""
    with EmbeddedValkey() as valkey:
        valkey.check()
        os.kill(valkey.pid, signal.SIGKILL)

        assert eventually(lambda: died(valkey))


def died(service: EmbeddedValkey) -> bool:
    """Tell whether the service says that it died."""
    try:
        service.check()
    except ServiceDiedError:
        return True
    return False


async def test_a_kept_folder_keeps_its_topics(tmp_path: Path) -> None:
    """Kafka started again in its folder still has what was in it, on another port."""
    with EmbeddedKafka(tmp_path / "kafka") as first:
        assert await create_topic(first.bootstrap, "kept", 3, 1)

    with EmbeddedKafka(tmp_path / "kafka") as second:
        assert not await create_topic(second.bootstrap, "kept", 3, 1)


async def test_without_the_prepared_cache_it_starts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty cache folder costs time, nothing else."""
    monkeypatch.setenv("TICKERBOARD_CACHE", str(tmp_path / "cache"))

    with EmbeddedKafka() as kafka:
        assert await create_topic(kafka.bootstrap, "new", 1, 1)

    assert not (tmp_path / "cache").exists()
