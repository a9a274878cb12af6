"""Answers of the vendor's REST API on disk, so that what was interrupted goes on where it stopped."""

import gzip
import re
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from schemas import clock
from streams.feed.input_error import InputError
from streams.feed.massive_rest_protocol import Request

KEPT_MS: Final = 12 * 3600 * 1000
"""An answer that may change serves for so long."""
SETTLED: Final = ".settled.json.gz"
PASSING: Final = ".json.gz"


class Cache:
    """A folder of packed answers, one file each, written whole or not at all."""

    def __init__(self, folder: Path, base: str) -> None:
        """Take the folder (made where missing) and the API's address: another one has other answers.

        Raises ``InputError`` where the folder cannot be used. What has expired is removed.
        """
        self._folder = folder / re.sub(r"[^\w.-]+", "_", base.split("://", 1)[-1])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for file in self._folder.glob("*"):
                if not file.name.endswith(SETTLED) and not self._is_fresh(file):
                    file.unlink(missing_ok=True)
        except OSError as error:
            message = f"--cache {folder}: cannot be used ({error.strerror or error}); name another folder"
            raise InputError(message) from error

    def read(self, request: Request) -> bytes | None:
        """Return the answer to a request, ``None`` where there is none, or none that is still good."""
        settled, passing = self._path(request, SETTLED), self._path(request, PASSING)
        for file in (settled, passing):
            with suppress(OSError, EOFError, zlib.error):
                if file is settled or self._is_fresh(file):
                    return gzip.decompress(file.read_bytes())
        return None

    def write(self, request: Request, body: bytes, *, settled: bool) -> None:
        """Keep an answer: for good where it is settled, else for 12 hours; raise ``InputError`` where it cannot be."""
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as part:
                part.write(gzip.compress(body, compresslevel=1))
            Path(part.name).replace(self._path(request, SETTLED if settled else PASSING))
        except OSError as error:
            message = f"--cache {self._folder}: cannot be written ({error.strerror or error}); name another folder"
            raise InputError(message) from error

    def _path(self, request: Request, ending: str) -> Path:
        """Return the file of a request."""
        return self._folder / f"{request.path.strip('/').replace('/', '_')[:60]}-{request.digest}{ending}"

    def _is_fresh(self, file: Path) -> bool:
        """Tell whether a file is not too old."""
        return clock.now_ms() - file.stat().st_mtime * 1000 < KEPT_MS
