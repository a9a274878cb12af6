"""Memory that a burst took goes back to the system, also from below what is still in use."""

import subprocess
import sys
from typing import Final

import pytest

PROGRAM: Final = """
import psutil
from streams.memory import give_memory_back, trim

assert give_memory_back()
resident = psutil.Process().memory_info
blocks = [bytes(3000) for _ in range(20_000)]
last = bytes(3000)
full = resident().rss
del blocks
left = resident().rss
assert trim()
print(full >> 20, left >> 20, resident().rss >> 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator is set up, there is none here")
def test_small_blocks_go_back_when_trimmed() -> None:
    """A block at the end of the heap holds all before it, until it is trimmed."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=60)
    full, left, trimmed = map(int, done.stdout.split())

    assert left > full - 10
    assert trimmed < full - 40
