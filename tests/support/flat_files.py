"""Small flat files, written line by line."""

import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

HEADER: Final = "ticker,volume,open,close,high,low,window_start,transactions"
NANOSECONDS: Final = 1_000_000_000


def nanoseconds(utc: str) -> int:
    """Return the nanoseconds since the epoch of a moment such as ``2025-01-06 14:30``, UTC."""
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()) * NANOSECONDS


def bar(ticker: str, utc: str, prices: Sequence[float | str], volume: float | str, transactions: str = "") -> str:
    """Return a line of a flat file; ``prices`` are open, high, low, close, or a single one for all four."""
    opening, high, low, close = prices if len(prices) > 1 else [prices[0]] * 4
    return f"{ticker},{volume},{opening},{close},{high},{low},{nanoseconds(utc)},{transactions}"


def write(path: Path, lines: Iterable[str], header: str = HEADER) -> Path:
    """Write a flat file, compressed if its name says so."""
    text = "\n".join([header, *lines, ""])
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path
