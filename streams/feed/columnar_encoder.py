"""Columns to Avro bodies: the reverse of ``schemas.columnar``, driven by the same plan.

Null is ``NO_INTEGER``, NaN or length -1; text and arrays of integers (already encoded) lie in one buffer of bytes that
the rows point into.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.columnar import BOOLEAN, DOUBLE, FLOAT, INTEGER, INTEGERS, NO_INTEGER, STRING
from schemas.compiled import compiled

Bytes: TypeAlias = npt.NDArray[np.uint8]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

VARINT_BYTES: Final = 10
"""The most that one integer takes."""
CONTINUES: Final = 0x80
"""A byte of a varint from here on has another behind it."""


@compiled
def write_integer(out: Bytes, position: int, value: int) -> int:
    """Write a zigzag varint; return the position behind it."""
    bits = (np.uint64(value) << np.uint64(1)) ^ np.uint64(value >> np.int64(63))
    while bits >= np.uint64(CONTINUES):
        out[position] = np.uint8((bits & np.uint64(0x7F)) | np.uint64(CONTINUES))
        position += 1
        bits >>= np.uint64(7)
    out[position] = np.uint8(bits)
    return position + 1


@compiled
def write_bytes(out: Bytes, position: int, source: Bytes, start: int, length: int) -> int:
    """Copy bytes; return the position behind them."""
    for byte in range(length):
        out[position + byte] = source[start + byte]
    return position + length


@compiled
def _write_bits(out: Bytes, position: int, bits: int) -> int:
    """Write 8 bytes, little-endian; return the position behind them."""
    rest = np.uint64(bits)
    for byte in range(8):
        out[position + byte] = np.uint8((rest >> np.uint64(8 * byte)) & np.uint64(0xFF))
    return position + 8


@compiled
def _integers_length(source: Bytes, start: int, count: int) -> int:
    """Return how many bytes ``count`` encoded integers take."""
    position = start
    while count > 0:
        if source[position] < CONTINUES:
            count -= 1
        position += 1
    return position - start


@compiled
def _is_null(operation: int, table: Integers, values: Floats, row: int, column: int) -> bool:
    """Tell whether a field of a row holds what stands for null."""
    if operation in (DOUBLE, FLOAT):
        return bool(np.isnan(values[row, column]))
    if operation in (STRING, INTEGERS):
        return bool(table[row, column + 1] < 0)
    return bool(table[row, column] == NO_INTEGER)


@compiled
def write_body(  # noqa: PLR0913, PLR0917 - a branch for each Avro type; compiled code passes arrays, not objects
    operations: Integers, table: Integers, values: Floats, row: int, texts: Bytes, out: Bytes, position: int
) -> int:
    """Write the Avro body of one row (``values`` is the table's view as floats); return the position behind it."""
    for field in range(operations.shape[0]):
        operation = operations[field, 0]
        null = operations[field, 1]
        column = operations[field, 2]
        if null >= 0:
            absent = _is_null(operation, table, values, row, column)
            out[position] = np.uint8(2 * null if absent else 2 * (1 - null))
            position += 1
            if absent:
                continue
        if operation == DOUBLE:
            position = _write_bits(out, position, table[row, column])
        elif operation == INTEGER:
            position = write_integer(out, position, table[row, column])
        elif operation == BOOLEAN:
            out[position] = np.uint8(table[row, column])
            position += 1
        elif operation == STRING:
            position = write_integer(out, position, table[row, column + 1])
            position = write_bytes(out, position, texts, table[row, column], table[row, column + 1])
        elif operation == INTEGERS:
            count = table[row, column + 1]
            if count > 0:
                position = write_integer(out, position, count)
                length = _integers_length(texts, table[row, column], count)
                position = write_bytes(out, position, texts, table[row, column], length)
            out[position] = np.uint8(0)
            position += 1
    return position


@compiled
def body_bound(operations: Integers, table: Integers, row: int) -> int:
    """Return a number of bytes that the body of a row does not exceed."""
    bound: int = (VARINT_BYTES + 1) * operations.shape[0]
    for field in range(operations.shape[0]):
        operation = operations[field, 0]
        if operation == STRING:
            bound += max(table[row, operations[field, 2] + 1], 0)
        elif operation == INTEGERS:
            bound += VARINT_BYTES * (max(table[row, operations[field, 2] + 1], 0) + 1)
    return bound


def encode_integers(values: Sequence[int]) -> bytes:
    """Return integers as Avro writes the items of an array."""
    out = np.empty(VARINT_BYTES * len(values), np.uint8)
    position = 0
    for value in values:
        position = write_integer(out, position, value)
    return out[:position].tobytes()
