"""What embedded services have in common: a folder, a port, a start that leaves nothing behind when it fails."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final, Self

from streams.errors import FolderError, ServiceDiedError
from streams.processes import LOOPBACK, ServiceProcess, claim_folder, claim_port

PORT_TRIES: Final = 3


class EmbeddedService(ABC):
    """A server on a loopback port, as a child process.

    ``port`` 0 takes a free one; no ``folder`` means a temporary one, removed at the end.
    """

    name: ClassVar[str]
    needed_bytes: ClassVar[int]
    start_seconds: ClassVar[float]
    stop_seconds: ClassVar[float]

    def __init__(self, folder: Path | None = None, port: int = 0) -> None:
        self.folder = folder
        self.port = port
        self._wanted_port = port
        self._temporary: Path | None = None
        self._process: ServiceProcess | None = None

    @property
    def address(self) -> str:
        """``host:port`` of the server."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the server; 0 when not started."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it and wait until it takes requests; raises a ``ServiceError``."""
        for attempt in range(1, PORT_TRIES + 1):
            try:
                self._start_once()
            except ServiceDiedError as error:
                # A free port may be taken by another process between being chosen and being bound.
                if self._wanted_port or attempt == PORT_TRIES or "Address already in use" not in str(error):
                    raise
            else:
                return

    def stop(self) -> None:
        """Stop it and remove a temporary folder; nothing happens when it does not run."""
        if self._process:
            self._process.stop()
            self._process = None
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def check(self) -> None:
        """Raise ``ServiceDiedError``, with its last lines, when it died since it was started."""
        if self._process:
            self._process.check()

    def _start_once(self) -> None:
        self.port = claim_port(self._wanted_port, self.name)
        folder = claim_folder(self.folder, self.name, self.needed_bytes)
        self._temporary = folder if self.folder is None else None
        try:
            self._process = ServiceProcess(
                self.name,
                self.command(folder),
                folder / f"{self.name.lower()}.log",
                # Data that goes anyway needs no orderly end.
                grace_seconds=0.0 if self._temporary else self.stop_seconds,
                doomed=self._temporary,
            )
            self._process.wait(self.answers, self.start_seconds)
        except OSError as error:
            self.stop()
            message = f"{self.name} cannot use {folder}: {error.strerror or error}"
            raise FolderError(message) from error
        except BaseException:
            self.stop()
            raise

    @abstractmethod
    def command(self, folder: Path) -> list[str]:
        """Write what the server needs into the folder and return the command that runs it."""

    @abstractmethod
    def answers(self) -> bool:
        """Tell whether it takes requests; an ``OSError`` means not yet."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
