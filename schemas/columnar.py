"""Avro bodies to columns: one compiled kernel, driven by a table made from the schema.

Each field of a record takes 8 bytes of a structured dtype: integers, enums and booleans as int64, floats as float64,
strings as two int64 (where the text starts in the buffer, and its length), arrays of integers likewise (where the
encoded items start, and how many there are). Null is ``NO_INTEGER`` or NaN; a null string or array has length -1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from schemas.avro_kernels import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    INTEGER,
    INTEGERS,
    NO_INTEGER,
    NOT_NULLABLE,
    STRING,
    UNKNOWN_KIND,
    Bytes,
    Floats,
    Integers,
    classify,
    decode,
)
from schemas.codec import SINGLE_OBJECT_PREFIX, schema_of

__all__ = [
    "BOOLEAN",
    "DOUBLE",
    "FLOAT",
    "INTEGER",
    "INTEGERS",
    "NOT_NULLABLE",
    "NO_INTEGER",
    "STRING",
    "UNKNOWN_KIND",
    "Bytes",
    "ColumnarDecoder",
    "Floats",
    "Integers",
    "Messages",
    "Plan",
    "join",
    "plan_for",
]

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
    return Plan(np.dtype((np.record, fields)), np.array(operations, np.int64))


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
        """Return the kind of each message, and for each type an array of its dtype, filled where a message is one."""
        count = len(messages.starts)
        kinds = np.empty(count, np.int64)
        bodies = np.zeros(count, np.int64)
        classify(*messages, self._prefixes, self._lengths, self._numbers, kinds, bodies)
        tables = []
        for number, plan in enumerate(self.plans):
            table = np.empty(count, plan.dtype)
            columns = table.view(np.int64).reshape(count, len(plan.dtype.names or ()))
            decode(messages.buffer, bodies, messages.ends, kinds, number, plan.operations, columns)
            tables.append(table)
        return kinds, tables
