"""Worker processes that tests start, kill, freeze and stop, each by its own process id; none outlives the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from schemas import clock
from streams.errors import ServiceDiedError
from streams.processes import ServiceProcess

WORKER: Final = ("-m", "agents.worker")
GRACE_SECONDS: Final = 15.0

LOSSY: Final = """
import random
from streams.transport import BatchConsumer
from agents import worker

dice = random.Random({seed})
stock = BatchConsumer.getmany

async def lossy(self, timeout):
    async for tp, message in stock(self, timeout):
        if not self.table.is_source(tp.topic) or dice.random() >= {share}:
            yield tp, message

BatchConsumer.getmany = lossy
worker.main()
"""
"""A worker that loses batches after they were fetched, as stock Faust does at a rebalance."""


def lossy(seed: int, share: float) -> tuple[str, ...]:
    """Return the arguments of Python that run a worker which loses a share of the batches it fetches."""
    return ("-c", LOSSY.format(seed=seed, share=share))


class WorkerProcess:
    """One worker; it ends with the tests at the latest, however they end."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path, program: tuple[str, ...] = WORKER) -> None:
        self.name = name
        self.is_frozen = False
        self._process = ServiceProcess(
            name, [sys.executable, *program], log, grace_seconds=GRACE_SECONDS, doomed=None, environment=environment
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; a frozen one has not."""
        return self._process.supervisor.poll() is None

    def log(self) -> str:
        """Return all that it has said in this run."""
        return self._process.log.read_bytes()[self._process.log_start :].decode(errors="replace")

    def check(self) -> None:
        """Raise ``ServiceDiedError`` where it ended by itself."""
        self._process.check()

    def kill(self) -> None:
        """End it at once, with nothing put in order: kill -9."""
        self._signal(signal.SIGKILL)
        self._process.supervisor.wait(GRACE_SECONDS)
        self._process.stop()

    def terminate(self) -> float:
        """Ask it to stop, as an operator does, and return the seconds that took; raise where it does not."""
        asked = clock.monotonic()
        self._signal(signal.SIGTERM)
        try:
            self._process.supervisor.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired as error:
            message = f"{self.name} did not stop within {GRACE_SECONDS:g} s:\n{self._process.last_lines()}"
            raise ServiceDiedError(message) from error
        finally:
            self._process.stop()
        return clock.monotonic() - asked

    def freeze(self) -> None:
        """Stop its threads where they are: SIGSTOP, as a paused machine does."""
        self._signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self) -> None:
        """Let it go on: SIGCONT."""
        self._signal(signal.SIGCONT)
        self.is_frozen = False

    def _signal(self, number: signal.Signals) -> None:
        self.check()
        os.kill(self.pid, number)
