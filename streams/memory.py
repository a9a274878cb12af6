"""Lets the C library give memory back: by default it keeps what a burst of buffers took."""

import ctypes
import sys
from typing import Final

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
LARGE_BYTES: Final = 512 * 1024
"""Blocks of this size and more get pages of their own, which go back as soon as they are freed."""
KEPT_BYTES: Final = 1 << 20


def give_memory_back() -> bool:
    """Set glibc's allocator up for large, short-lived buffers; return whether there was one to set up."""
    if sys.platform != "linux":
        return False
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return False
    library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
    library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
    return True


def trim() -> bool:
    """Give back pages in the midst of the heap that hold nothing any more; return whether there were any.

    Small blocks leave them behind: those of the reference, once it has been packed. It takes a few ms.
    """
    library = ctypes.CDLL(None)
    return sys.platform == "linux" and hasattr(library, "malloc_trim") and bool(library.malloc_trim(0))
