"""From ticker to row number: an open-addressing hash table (FNV-1a, linear probing) over byte strings."""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

WIDTH: Final = 12
"""Longest ticker, bytes."""
FULL: Final = -1
"""Answer of ``find_or_add`` where the ticker is new and there is no row left for it."""

FIRST_PRINTABLE, LAST_PRINTABLE = 0x21, 0x7E
"""The bytes that a ticker is made of; a space is none."""

Bytes: TypeAlias = npt.NDArray[np.uint8]
Integers: TypeAlias = npt.NDArray[np.int64]


@compiled_in_place
def is_ticker(text: Bytes, start: int, length: int) -> bool:
    """Return whether ``text[start:start + length]`` is of 1 to ``WIDTH`` printable characters."""
    if not 1 <= length <= WIDTH:
        return False
    for index in range(start, start + length):  # noqa: SIM110 - a compiled function has no generators
        if not FIRST_PRINTABLE <= text[index] <= LAST_PRINTABLE:
            return False
    return True


@compiled_in_place
def hash_of(text: Bytes, start: int, length: int) -> np.uint64:
    """Return the 64-bit FNV-1a hash of ``text[start:start + length]``."""
    value = np.uint64(14695981039346656037)
    for index in range(start, start + length):
        value = (value ^ np.uint64(text[index])) * np.uint64(1099511628211)
    return value


@compiled_in_place
def length_of(tickers: Bytes, row: int) -> int:
    """Return the length of a ticker that is padded with zeros."""
    length = 0
    while length < WIDTH and tickers[row, length] != 0:
        length += 1
    return length


@compiled_in_place
def slot_of(tickers: Bytes, slots: Integers, text: Bytes, start: int, length: int) -> int:
    """Return the slot of the ticker ``text[start:start + length]``: that of its row, or the empty one it would take.

    ``tickers`` (rows x ``WIDTH``) is padded with zeros, ``slots`` (a power of two, at least twice the rows) holds row
    numbers or -1.
    """
    mask = len(slots) - 1
    slot = np.int64(hash_of(text, start, length) & np.uint64(mask))
    while True:
        row = slots[slot]
        if row < 0:
            return slot  # type: ignore[return-value] # a machine word, compiled
        same = length == WIDTH or tickers[row, length] == 0
        for index in range(length):
            if tickers[row, index] != text[start + index]:
                same = False
                break
        if same:
            return slot  # type: ignore[return-value] # as above
        slot = (slot + 1) & mask


@compiled_in_place
def find_or_add(tickers: Bytes, slots: Integers, count: Integers, text: Bytes, start: int, length: int) -> int:
    """Return the row of a ticker, adding it where it is new; ``FULL`` where it is new and there is no room.

    ``count[0]`` is the number of rows in use.
    """
    slot = slot_of(tickers, slots, text, start, length)
    row: int = slots[slot]
    if row >= 0:
        return row
    row = count[0]
    if row >= len(tickers):
        return FULL
    count[0] += 1
    slots[slot] = row
    for index in range(length):
        tickers[row, index] = text[start + index]
    return row


@compiled_in_place
def find_row(tickers: Bytes, slots: Integers, text: Bytes, length: int) -> int:
    """Return the row of the ticker ``text[:length]``; -1 where there is none."""
    row: int = slots[slot_of(tickers, slots, text, 0, length)]
    return row


@compiled_in_place
def rebuild(tickers: Bytes, slots: Integers, count: int) -> None:
    """Fill ``slots`` anew from the first ``count`` tickers."""
    slots[:] = -1
    for row in range(count):
        slots[slot_of(tickers, slots, tickers[row], 0, length_of(tickers, row))] = row
