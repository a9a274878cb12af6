"""A real Postgres of a test's own, where there is one on this machine."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

INITDB: Final = shutil.which("initdb")
CONTROL: Final = shutil.which("pg_ctl")
USER: Final = "postgres"
"""Postgres does not run as root: then it runs as this user."""


@contextmanager
def postgres() -> Iterator[str]:
    """Give the URL of an empty database; skip where there is no Postgres."""
    if INITDB is None or CONTROL is None:
        pytest.skip("no Postgres here: apt-get install postgresql, and its programs on PATH")
    user = USER if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="tickerboard-postgres-") as name, socket.socket() as free:
        if user is not None:
            shutil.chown(name, user)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        data = str(Path(name) / "data")
        _run([INITDB, "--pgdata", data, "--username", USER, "--auth", "trust", "--no-sync"], user, name)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        log = str(Path(name) / "log")
        _run([CONTROL, "--pgdata", data, "--log", log, "--wait", "--options", options, "start"], user, name)
        try:
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            _run([CONTROL, "--pgdata", data, "--mode", "immediate", "stop"], user, name)


def _run(command: list[str], user: str | None, folder: str) -> None:
    subprocess.run(command, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=60)
