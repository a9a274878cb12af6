"""What a table's changelog holds: rows by ticker, and how far the partition is."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from streams.folding import Extras, Folding
from streams.market.symbol_state import Rows

PROGRESS_KEY: Final = b"\0progress"
"""Key of the changelog record that holds ``Progress``; no ticker starts with a zero byte."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What the changelog says of the partition as a whole; written after the rows of the same flush."""

    source: int
    position: int
    """Next offset of the source to fold."""
    event_time: int
    complete_through: int
    window: int
    marks: list[tuple[int, int]]
    """(time, offset): no bar that ended after the time stands before the offset."""


class Flush(NamedTuple):
    """One consistent picture of what changed: keys and values of the changelog, and what to remember once written."""

    keys: list[bytes]
    values: list[bytes]
    rows: npt.NDArray[np.int64]
    extras: Extras
    position: int | None
    """What the progress record says; ``None`` where there is none in it."""


def source_of(topic_id: str, interval_ms: int = 0) -> int:
    """Return the number by which rows name what they were folded from: a topic, by its id, and a length of bar."""
    digest = blake2b(f"{topic_id}:{interval_ms}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def decode_rows(values: Sequence[bytes], folding: Folding) -> Rows:
    """Return changelog values as rows, those of older versions carried over; raise ``ValueError`` for unknown ones."""
    rows = np.zeros(len(values), folding.row)
    for version in {value[0] for value in values}:
        chosen = [index for index, value in enumerate(values) if value[0] == version]
        packed = b"".join([values[index][1:] for index in chosen])
        if version == folding.version:
            rows[chosen] = np.frombuffer(packed, folding.row)
        elif version in folding.older:
            dtype, carry_over = folding.older[version]
            rows[chosen] = carry_over(np.frombuffer(packed, dtype))
        else:
            known = sorted({folding.version, *folding.older})
            message = f"the changelog holds rows of version {version}; this program reads {known}"
            raise ValueError(message)
    return rows
