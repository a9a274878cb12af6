"""Starts components as child processes, by module name, and keeps them running until told to stop."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import structlog

from streams.errors import ServiceDiedError
from streams.processes import ServiceProcess

log = structlog.get_logger()

GRACE_SECONDS: Final = 15.0


class Component:
    """``python -m MODULE ARGUMENTS…`` with its own log file; started again when it dies."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        restarts: int = 0,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        """Take a name, the module with its arguments, what to add to the environment, and where to log.

        ``grace_seconds`` is how long it may take to stop when asked; 0 kills it at once.
        """
        self.name = name
        self._command = [sys.executable, "-m", *command]
        self._environment = dict(environment)
        self._log = folder / f"{name}.log"
        self._restarts_left = restarts
        self._grace_seconds = grace_seconds
        self._process: ServiceProcess | None = None

    @property
    def process(self) -> ServiceProcess:
        """The running process."""
        if self._process is None:
            message = f"{self.name} has not been started"
            raise ServiceDiedError(message)
        return self._process

    def start(self) -> Self:
        """Start the process."""
        self._process = ServiceProcess(
            self.name,
            self._command,
            self._log,
            grace_seconds=self._grace_seconds,
            doomed=None,
            environment=self._environment,
        )
        return self

    def check(self) -> None:
        """Start the process again if it has died, unless it has died too often: then raise ``ServiceDiedError``."""
        try:
            self.process.check()
        except ServiceDiedError:
            if self._restarts_left == 0:
                raise
            self._restarts_left -= 1
            self.stop()  # what is left of it: its pipe
            log.warning("started again", component=self.name)
            self.start()

    def stop(self) -> None:
        """Stop the process in order."""
        if self._process is not None:
            self._process.stop()
