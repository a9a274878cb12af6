"""After the warm-up nothing is left to compile."""

from typing import Any

from streams.market import evaluate, fold, partition
from streams.tables import TABLES
from streams.warm_up import warm_up


def test_every_kernel_is_ready() -> None:
    """What a worker calls has been compiled or loaded, once for each table: once more would stop the event loop."""
    warm_up()
    counts: dict[str, int] = {}
    kernels: tuple[Any, ...] = (fold.fold, evaluate.evaluate, evaluate.evaluate_rows, partition.put_rows)
    for kernel in kernels:
        counts[kernel.__name__] = len(getattr(kernel, "signatures", [None]))

    assert counts == {"fold": 1, "evaluate": 1, "evaluate_rows": 1, "put_rows": len(TABLES)}
