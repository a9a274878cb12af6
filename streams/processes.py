"""A service as a child process: its port, its folder, the wait until it answers, its end with this process."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from schemas import clock
from streams import supervisor
from streams.errors import FolderError, PortTakenError, ServiceDiedError, ServiceSilentError

LOOPBACK: Final = "127.0.0.1"
POLL_SECONDS: Final = 0.01
LAST_LINES: Final = 12


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def claim_port(port: int, service: str) -> int:
    """Return the port itself, or a free one for 0; raise ``PortTakenError`` when it is in use."""
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        # As the services do: a connection of the previous run that lingers does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            message = f"{service} cannot listen on {LOOPBACK}:{port}: {error.strerror or error}"
            raise PortTakenError(message) from error
    return port


def claim_folder(folder: Path | None, service: str, needed_bytes: int) -> Path:
    """Return the folder, created if need be, or a temporary one; raise ``FolderError`` where it is of no use."""
    place = Path(tempfile.gettempdir()) if folder is None else folder.resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place):
            free_bytes = shutil.disk_usage(place).free
        if free_bytes < needed_bytes:
            message = f"{service} needs {needed_bytes >> 20} MB in {place}; its disk has {free_bytes >> 20} MB left"
            raise FolderError(message)
        return place if folder else Path(tempfile.mkdtemp(prefix=f"tickerboard-{service.lower()}-"))
    except OSError as error:
        message = f"{service} cannot use {place}: {error.strerror or error}"
        raise FolderError(message) from error


class ServiceProcess:
    """One running service under its supervisor, with a log file.

    ``grace_seconds`` is how long it may take to stop when asked; 0 kills at once, for a service whose ``doomed`` folder
    goes with it.
    """

    def __init__(
        self,
        service: str,
        command: list[str],
        log: Path,
        *,
        grace_seconds: float,
        doomed: Path | None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.service = service
        self.log = log
        watched = [sys.executable, "-I", "-S", supervisor.__file__, str(grace_seconds), str(doomed or ""), *command]
        with log.open("ab") as sink:
            self.log_start = os.fstat(sink.fileno()).st_size
            # A session of its own: Ctrl+C in a terminal reaches this process, which then stops its services in order.
            self.supervisor = subprocess.Popen(
                watched,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                cwd=log.parent,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        assert self.supervisor.stdout is not None
        with self.supervisor.stdout as answer:
            self.pid = int(answer.readline() or 0)

    def last_lines(self) -> str:
        """Return the last lines that the service wrote in this run, without Java's stack frames."""
        try:
            written = self.log.read_bytes()[self.log_start :]
        except OSError:
            return "(its log is gone)"
        lines = [line for line in written.decode(errors="replace").splitlines() if line.strip()]
        told = [line for line in lines if not line.startswith("\tat ")]
        return "\n".join(told[-LAST_LINES:]) or "(it wrote nothing)"

    def check(self) -> None:
        """Raise ``ServiceDiedError`` when the service no longer runs."""
        status = self.supervisor.poll()
        if status is not None:
            message = f"{self.service} ended with status {status}; its last lines:\n{self.last_lines()}"
            raise ServiceDiedError(message)

    def wait(self, answers: Callable[[], bool], seconds: float) -> None:
        """Return once ``answers()`` is true; raise when the service dies before, or time runs out."""
        deadline = clock.monotonic() + seconds
        while True:
            self.check()
            with contextlib.suppress(OSError):
                if answers():
                    return
            if clock.monotonic() > deadline:
                message = f"{self.service} does not answer after {seconds:g} s; its last lines:\n{self.last_lines()}"
                raise ServiceSilentError(message)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.supervisor.wait(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the service and wait until it is gone; nothing happens when it already is."""
        assert self.supervisor.stdin is not None
        self.supervisor.stdin.close()
        self.supervisor.wait()
