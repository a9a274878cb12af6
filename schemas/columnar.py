"""Avro bodies to columns: one compiled kernel, driven by a table made from the schema.

Each field of a record takes 8 bytes of a structured dtype: integers, enums and booleans as int64, floats as float64,
strings as two int64 (where the text starts in the buffer, and its length), arrays of integers likewise (where the
encoded items start, and how many there are). Null is ``NO_INTEGER`` or NaN; a null string or array has length -1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.codec import SINGLE_OBJECT_PREFIX, schema_of
from schemas.compiled import compiled

NO_INTEGER: Final = np.iinfo(np.int64).min
"""What stands for null in a column of integers."""
UNKNOWN_KIND: Final = -1
"""The kind of a message whose prefix names no schema, or whose body does not decode."""

Bytes: TypeAlias = npt.NDArray[np.uint8]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]

INTEGER, BOOLEAN, FLOAT, DOUBLE, STRING, INTEGERS = range(6)
NOT_NULLABLE: Final = -1
_OPERATIONS: Final = {
    "int": INTEGER,
    "long": INTEGER,
    "enum": INTEGER,
    "boolean": BOOLEAN,
    "float": FLOAT,
    "double": DOUBLE,
    "string": STRING,
    "bytes": STRING,
}


class Plan(NamedTuple):
    """How to decode one flat record: its dtype, and per field the operation, the null branch and the target column."""

    dtype: np.dtype[np.void]
    operations: npt.NDArray[np.int64]
    """Shape fields x 3: operation, index of the null branch or ``NOT_NULLABLE``, column."""


def _unwrap(schema: Any) -> tuple[Any, int]:  # noqa: ANN401 - Avro schemas are JSON of any shape
    """Return a schema without its null branch, and that branch's index."""
    if not isinstance(schema, list):
        return schema, NOT_NULLABLE
    others = [branch for branch in schema if branch != "null"]
    if len(others) != 1 or len(schema) > 2:  # noqa: PLR2004 - a nullable type has two branches
        message = f"only unions of null and one type can be decoded into columns, not {schema}"
        raise TypeError(message)
    return others[0], schema.index("null") if "null" in schema else NOT_NULLABLE


def _operation(schema: Any) -> int:  # noqa: ANN401 - as above
    """Return the operation that reads a field of this schema."""
    if isinstance(schema, dict):
        if schema["type"] == "array" and schema["items"] in {"int", "long"}:
            return INTEGERS
        schema = schema["type"]
    if schema not in _OPERATIONS:
        message = f"a field of type {schema} cannot be decoded into columns"
        raise TypeError(message)
    return _OPERATIONS[schema]


def plan_for(schema: Mapping[str, Any]) -> Plan:
    """Return the plan of a flat Avro record; raise ``TypeError`` where a field is of a type it has no column for."""
    fields: list[tuple[str, str]] = []
    operations = []
    for field in schema["fields"]:
        inner, null = _unwrap(field["type"])
        operation = _operation(inner)
        operations.append((operation, null, len(fields)))
        if operation in {STRING, INTEGERS}:
            fields += [(f"{field['name']}_start", "i8"), (f"{field['name']}_length", "i8")]
        else:
            fields.append((field["name"], "f8" if operation in {FLOAT, DOUBLE} else "i8"))
    return Plan(np.dtype(fields), np.array(operations, np.int64))


class Messages(NamedTuple):
    """Messages of one batch, joined: ``buffer[starts[i]:ends[i]]`` is message ``i``."""

    buffer: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def join(values: Sequence[bytes | None]) -> Messages:
    """Join the values of a batch into one buffer; a null value is an empty message."""
    if None in values:
        values = [value or b"" for value in values]
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)))  # type: ignore[arg-type]
    starts = np.empty_like(ends)
    starts[:1] = 0
    starts[1:] = ends[:-1]
    return Messages(np.frombuffer(b"".join(values), np.uint8), starts, ends)  # type: ignore[arg-type]


@compiled
def _read_integer(buffer: Bytes, position: int, end: int) -> tuple[int, int]:
    """Return a zigzag varint and the position behind it, or -1 as position where the message ends first."""
    bits = np.uint64(0)
    shift = np.uint64(0)
    while position < end and shift < np.uint64(70):
        byte = buffer[position]
        position += 1
        bits |= np.uint64(byte & 0x7F) << shift
        if byte < 0x80:
            return np.int64(bits >> np.uint64(1)) ^ -np.int64(bits & np.uint64(1)), position
        shift += np.uint64(7)
    return np.int64(0), np.int64(-1)


@compiled
def _skip_integers(buffer: Bytes, position: int, end: int) -> tuple[int, int, int]:
    """Return where the items of a one-block array start, how many there are, and the position behind it.

    Avro allows several blocks; writers put a short array into one. Others are refused as undecodable.
    """
    count, position = _read_integer(buffer, position, end)
    if position < 0 or count == 0:
        return position, np.int64(0), position
    if count < 0:
        count = -count
        _, position = _read_integer(buffer, position, end)
        if position < 0:
            return position, count, position
    start = position
    for _ in range(min(count, end - position)):
        _, position = _read_integer(buffer, position, end)
        if position < 0:
            return start, count, position
    more, position = _read_integer(buffer, position, end)
    if more != 0:
        position = np.int64(-1)
    return start, count, position


@compiled
def _read_bits(buffer: Bytes, position: int, size: int) -> np.uint64:
    """Return ``size`` little-endian bytes as an unsigned number."""
    bits = np.uint64(0)
    for byte in range(size):
        bits |= np.uint64(buffer[position + byte]) << np.uint64(8 * byte)
    return bits


@compiled
def _write_null(operation: int, message: int, column: int, table: Integers, values: Floats) -> None:
    """Put what stands for null into a field of one message."""
    if operation in (FLOAT, DOUBLE):
        values[message, column] = np.nan
    elif operation in (STRING, INTEGERS):
        table[message, column] = 0
        table[message, column + 1] = -1
    else:
        table[message, column] = NO_INTEGER


@compiled
def _single(bits: np.uint64) -> float:
    """Return the value of an IEEE single given as bits."""
    return float(np.array([bits], np.uint64).view(np.float32)[0])


@compiled
def _read_other(
    operation: int, buffer: Bytes, position: int, end: int, message: int, column: int, table: Integers
) -> int:
    """Decode a field that is neither an integer nor a double; return the position behind it, -1 where it does not decode.

    Whole arrays and an index are passed, never a row of them: making a view for each field costs more than decoding it.
    """
    if operation == STRING:
        length, position = _read_integer(buffer, position, end)
        if position < 0 or length < 0 or position + length > end:
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
        table.view(np.float64)[message, column] = _single(_read_bits(buffer, position, 4))
        return position + 4
    if operation == INTEGERS:
        table[message, column], table[message, column + 1], position = _skip_integers(buffer, position, end)
        return position
    return -1


@compiled
def decode(
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
                branch, position = _read_integer(buffer, position, end)
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
                table[message, column], position = _read_integer(buffer, position, end)
            else:
                position = _read_other(operation, buffer, position, end, message, column, table)
        if position != end:
            kinds[message] = UNKNOWN_KIND


@compiled
def classify(
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


class ColumnarDecoder:
    """Decodes batches of messages whose records are of the given types, told apart by their prefixes."""

    def __init__(self, kinds: Sequence[type[msgspec.Struct]], prefixes: Mapping[bytes, type[msgspec.Struct]]) -> None:
        """Take the record types, numbered in this order, and ``Codec.prefixes()``."""
        self.plans = [plan_for(schema_of(kind)) for kind in kinds]
        known = [(prefix, kinds.index(kind)) for prefix, kind in prefixes.items() if kind in kinds]
        self._prefixes = np.zeros((len(known), SINGLE_OBJECT_PREFIX), np.uint8)
        self._lengths = np.zeros(len(known), np.int64)
        self._numbers = np.zeros(len(known), np.int64)
        for index, (prefix, number) in enumerate(known):
            self._prefixes[index, : len(prefix)] = np.frombuffer(prefix, np.uint8)
            self._lengths[index] = len(prefix)
            self._numbers[index] = number

    def __call__(self, messages: Messages) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.void]]]:
        """Return the kind of each message, and for each kind an array of its dtype, filled where the kind is its own."""
        count = len(messages.starts)
        kinds = np.empty(count, np.int64)
        bodies = np.zeros(count, np.int64)
        classify(*messages, self._prefixes, self._lengths, self._numbers, kinds, bodies)
        tables = []
        for number, plan in enumerate(self.plans):
            table = np.empty(count, plan.dtype)
            width = len(plan.dtype.names or ())
            columns = table.view(np.int64).reshape(count, len(plan.dtype.names or ()))
            decode(messages.buffer, bodies, messages.ends, kinds, number, plan.operations, columns)
            tables.append(table)
        return kinds, tables

