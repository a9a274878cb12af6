"""The compiled side of ``schemas.columnar``: reads Avro bodies into columns, as a table made from the schema says.

The kernels read nothing outside a message, whatever its bytes say.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

NO_INTEGER: Final = np.iinfo(np.int64).min
"""What stands for null in a column of integers."""
UNKNOWN_KIND: Final = -1
"""The kind of a message whose prefix names no schema, or whose body does not decode."""

Bytes: TypeAlias = npt.NDArray[np.uint8]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Integer: TypeAlias = int | np.int64

INTEGER, BOOLEAN, FLOAT, DOUBLE, STRING, INTEGERS = range(6)
"""How a field is read."""
NOT_NULLABLE: Final = -1
CONTINUES: Final = 0x80
"""The bit of a varint's byte that says that another one follows."""


@compiled_in_place
def read_integer(buffer: Bytes, position: Integer, end: Integer) -> tuple[Integer, Integer]:
    """Return a zigzag varint and the position behind it, or -1 as position where the message ends first."""
    bits = np.uint64(0)
    shift = np.uint64(0)
    while position < end and shift < np.uint64(70):
        byte = buffer[position]
        position += 1
        bits |= np.uint64(byte & 0x7F) << shift
        if byte < CONTINUES:
            return np.int64(bits >> np.uint64(1)) ^ -np.int64(bits & np.uint64(1)), position
        shift += np.uint64(7)
    return np.int64(0), np.int64(-1)


@compiled_in_place
def _skip_integers(buffer: Bytes, position: Integer, end: Integer) -> tuple[Integer, Integer, Integer]:
    """Return where the items of a one-block array start, how many there are, and the position behind it.

    Avro allows several blocks; writers put a short array into one. Others are refused as undecodable.
    """
    count, position = read_integer(buffer, position, end)
    if position < 0 or count == 0:
        return position, np.int64(0), position
    if count < 0:
        count = -count
        _, position = read_integer(buffer, position, end)
        if position < 0 or count < 0:  # the smallest integer has no positive counterpart
            return position, count, np.int64(-1)
    start = position
    for _ in range(min(count, end - position)):
        _, position = read_integer(buffer, position, end)
        if position < 0:
            return start, count, position
    more, position = read_integer(buffer, position, end)
    if more != 0:
        position = np.int64(-1)
    return start, count, position


@compiled_in_place
def _read_bits(buffer: Bytes, position: Integer, size: int) -> np.uint64:
    """Return ``size`` little-endian bytes as an unsigned number."""
    bits = np.uint64(0)
    for byte in range(size):
        bits |= np.uint64(buffer[position + byte]) << np.uint64(8 * byte)
    return bits


@compiled_in_place
def _write_null(operation: int, message: int, column: int, table: Integers, values: Floats) -> None:
    """Put what stands for null into a field of one message."""
    if operation in (FLOAT, DOUBLE):
        values[message, column] = np.nan
    elif operation in (STRING, INTEGERS):
        table[message, column] = 0
        table[message, column + 1] = -1
    else:
        table[message, column] = NO_INTEGER


@compiled_in_place
def _read_other(  # noqa: PLR0911, PLR0913, PLR0917 - a branch for each type; compiled code takes arrays and places
    operation: int, buffer: Bytes, position: Integer, end: Integer, message: int, column: int, table: Integers
) -> Integer:
    """Decode a field that is neither an integer nor a double; return the position behind it, -1 for what is none.

    Whole arrays and an index are passed, never a row of them: making a view for each field costs more than decoding it.
    """
    if operation == STRING:
        length, position = read_integer(buffer, position, end)
        if position < 0 or length < 0 or length > end - position:
            return -1
        table[message, column] = position
        table[message, column + 1] = length
        return position + length
    if operation == BOOLEAN:
        if position >= end or buffer[position] > 1:
            return -1
        table[message, column] = buffer[position]
        return position + 1
    if operation == FLOAT:
        if position + 4 > end:
            return -1
        # The single's bits go to the low half of the column, from where they are read as such.
        table[message, column] = np.int64(_read_bits(buffer, position, 4))
        table.view(np.float64)[message, column] = table.view(np.float32)[message, 2 * column]
        return position + 4
    if operation == INTEGERS:
        table[message, column], table[message, column + 1], position = _skip_integers(buffer, position, end)
        return position
    return -1


@compiled_in_place
def decode(  # noqa: C901, PLR0913, PLR0917 - one loop, for calls cost more than the work; and as above
    buffer: Bytes, bodies: Integers, ends: Integers, kinds: Integers, kind: int, operations: Integers, table: Integers
) -> None:
    """Decode each message of ``kind`` into its row of ``table`` (shape messages x columns, floats as their bits).

    Doubles and integers are read here, not in a function of their own: the call costs three times the reading.
    Messages that end too early, hold a wrong branch or have bytes left over get ``UNKNOWN_KIND`` in ``kinds``.
    """
    values = table.view(np.float64)
    for message in range(len(kinds)):
        if kinds[message] != kind:
            continue
        position = bodies[message]
        end = ends[message]
        for field in range(operations.shape[0]):
            if position < 0:
                break
            operation = operations[field, 0]
            null = operations[field, 1]
            column = operations[field, 2]
            if null >= 0:
                branch, position = read_integer(buffer, position, end)
                if position >= 0 and branch == null:
                    _write_null(operation, message, column, table, values)
                    continue
                if position < 0 or branch != 1 - null:
                    position = -1
                    break
            if operation == DOUBLE and position + 8 <= end:
                table[message, column] = np.int64(_read_bits(buffer, position, 8))
                position += 8
            elif operation == INTEGER:
                table[message, column], position = read_integer(buffer, position, end)
            else:
                position = _read_other(operation, buffer, position, end, message, column, table)
        if position != end:
            kinds[message] = UNKNOWN_KIND


@compiled_in_place
def classify(  # noqa: PLR0913, PLR0917 - as above
    buffer: Bytes,
    starts: Integers,
    ends: Integers,
    prefixes: Bytes,
    lengths: Integers,
    numbers: Integers,
    kinds: Integers,
    bodies: Integers,
) -> None:
    """Give each message the number of the prefix it starts with (else ``UNKNOWN_KIND``) and where its body starts."""
    for message in range(len(starts)):
        start = starts[message]
        size = ends[message] - start
        kinds[message] = UNKNOWN_KIND
        for prefix in range(len(lengths)):
            length = lengths[prefix]
            if size < length:
                continue
            same = True
            for byte in range(length):
                if buffer[start + byte] != prefixes[prefix, byte]:
                    same = False
                    break
            if same:
                kinds[message] = numbers[prefix]
                bodies[message] = start + length
                break
