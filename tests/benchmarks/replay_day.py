"""``tickerboard replay`` of a whole market day of minute bars, services included."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from schemas.clock import monotonic
from tests.benchmarks.table import Result

GOAL_SECONDS: Final = 30
RUNS: Final = 3


def command(*arguments: str) -> str:
    """Run a command and return what it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "streams", *arguments], capture_output=True, text=True, check=True, timeout=300
    )
    return ended.stdout + ended.stderr


def measure() -> list[Result]:
    """Write a day, then replay it a few times."""
    with tempfile.TemporaryDirectory(prefix="tickerboard-bench-") as name:
        folder = Path(name)
        day, reference, out = (str(folder / file) for file in ("day.csv.gz", "reference.csv", "out.json"))
        command(
            "simulate", "--flat-file", day, "--reference-file", reference, "--bar-seconds", "60", "--date", "2026-06-22"
        )
        rows = []
        for run in range(1, RUNS + 1):
            began = monotonic()
            said = command("replay", day, "--reference", reference, "--json", out)
            seconds = monotonic() - began
            bars, tickers = re.findall(r"([\d,]+) bars of ([\d,]+) tickers", said)[0]
            rows.append([str(run), bars, tickers, f"{seconds:.1f}", f"{GOAL_SECONDS}"])
    note = (
        "Seconds from the command to its end: reading the file, starting Kafka, Valkey and a worker, publishing, "
        "folding, boards, JSON."
    )
    return [Result("Replay of a market day", ["run", "minute bars", "tickers", "seconds", "goal"], rows, note)]
