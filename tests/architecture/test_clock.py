"""Numbers come from the time in the records; the machine's clock is read in one module."""

import ast
from pathlib import Path
from typing import Final

from tests.architecture.sources import ROOT, modules

THE_CLOCK: Final = ROOT / "schemas" / "clock.py"
OF_TIME: Final = {
    *("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time"),
    *("localtime", "gmtime", "strftime", "ctime"),
}
OF_DATETIME: Final = {"now", "utcnow", "today"}
READS: Final = {"time": OF_TIME, "datetime": OF_DATETIME, "date": OF_DATETIME}


def clock_reads(source: str) -> list[str]:
    """Return the places where the source reads a clock: ``time.time()``, ``datetime.now()`` and their kin."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [f"{node.lineno}: from time import {name.name}" for name in node.names if name.name in OF_TIME]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in READS.get(owner, ()):
                found.append(f"{node.lineno}: {owner}.{node.attr}")
    return found


def test_the_search_finds_what_it_looks_for() -> None:
    """Each way to read a clock is seen, and arithmetic on times is not."""
    source = "import time, datetime\nfrom time import monotonic\ntime.time()\ndatetime.datetime.now()\ntime.sleep(1)\n"

    assert clock_reads(source) == ["2: from time import monotonic", "3: time.time", "4: datetime.now"]


def test_only_one_module_reads_the_clock() -> None:
    """Nothing but ``schemas.clock`` asks the machine what time it is."""
    found: dict[Path, list[str]] = {
        path.relative_to(ROOT): reads
        for path in modules()
        if path != THE_CLOCK and (reads := clock_reads(path.read_text(encoding="utf-8")))
    }

    assert found == {}
