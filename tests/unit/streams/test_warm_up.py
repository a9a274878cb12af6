"""After the warm-up nothing is left to compile."""

from typing import Any

from streams.market import corrections, evaluate, fold, partition
from streams.warm_up import warm_up


def test_every_kernel_is_ready() -> None:
    """What a worker calls has been compiled or loaded, for one signature each: a second would stop the event loop."""
    warm_up()
    counts: dict[str, int] = {}
    kernels: tuple[Any, ...] = (fold.fold, evaluate.evaluate, partition.put_rows, corrections.settle)
    for kernel in kernels:
        counts[kernel.__name__] = len(getattr(kernel, "signatures", [None]))

    assert counts["fold"] == counts["evaluate"] == counts["put_rows"] == 1
