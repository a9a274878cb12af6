"""The command line, run as a person runs it: another process, from the root of the repository."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
NOT_INHERITED: Final = ("KAFKA_BOOTSTRAP", "REDIS_URL")
"""A replay brings its own services: what other tests run must not get into it."""


def tickerboard(*arguments: str | Path, seconds: float = 180) -> subprocess.CompletedProcess[str]:
    """Run a command and return how it ended and what it said."""
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    return subprocess.run(
        [sys.executable, "-m", "streams", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def replay(out: Path, *arguments: str | Path) -> tuple[dict[str, Any], str]:
    """Replay files; return the document that was written, and what was said on standard error."""
    ended = tickerboard("replay", *arguments, "--json", out)
    assert ended.returncode == 0, ended.stderr
    document: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return document, ended.stderr
