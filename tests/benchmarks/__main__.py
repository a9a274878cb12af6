"""``python -m tests.benchmarks [NAME…]``: measure, print tables, and write them to a file where asked."""

import argparse
import importlib
import sys
from pathlib import Path
from typing import Final

from tests.benchmarks.table import machine

NAMES: Final = (
    *("worker_drain", "worker_full", "worker_latency", "worker_memory", "listener", "replay_day"),
    *("gateway_fanout", "gateway_stalled", "gateway_reconnect", "gateway_scans"),
)


def main() -> int:
    """Measure what is named, everything by default."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="what to measure; everything by default")
    parser.add_argument("--write", type=Path, help="also write the tables here, as Markdown")
    chosen = parser.parse_args()
    texts = [f"Measured on {machine()}.\n"]
    sys.stdout.write(texts[0] + "\n")
    for name in chosen.names or NAMES:
        sys.stderr.write(f"measuring {name} …\n")
        for result in importlib.import_module(f"tests.benchmarks.{name}").measure():
            texts.append(result.markdown())
            sys.stdout.write(texts[-1] + "\n")
            sys.stdout.flush()
    if chosen.write:
        chosen.write.write_text("\n".join(texts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
