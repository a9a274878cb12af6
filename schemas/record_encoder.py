"""Avro bodies of flat records, one at a time: a writer for each field, made once from the schema.

It is for records that come in crowds, but not in columns (alerts): three times as fast as the general library, whose
bytes it makes (a property test says so).
"""

import struct
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Final

import msgspec

Writer = Callable[[Any], bytes]

_DOUBLE: Final = struct.Struct("<d").pack
_NULLABLE: Final = 2
"""Branches of a union of null and one type; null comes first."""
_SMALL: Final = tuple(bytes((number,)) for number in range(0x80))
_SEVEN_BITS: Final = 0x7F
_CONTINUES: Final = 0x80


def write_integer(value: int) -> bytes:
    """Return a 64-bit integer as a zigzag varint."""
    bits = value << 1 if value >= 0 else (~value << 1) | 1
    if bits <= _SEVEN_BITS:
        return _SMALL[bits]
    encoded = bytearray()
    while bits > _SEVEN_BITS:
        encoded.append(bits & _SEVEN_BITS | _CONTINUES)
        bits >>= 7
    encoded.append(bits)
    return bytes(encoded)


def write_text(value: str) -> bytes:
    """Return a text with its length."""
    packed = value.encode()
    return write_integer(len(packed)) + packed


def _write_boolean(value: bool) -> bytes:  # noqa: FBT001 - a value, not a switch
    return b"\x01" if value else b"\x00"


_WRITERS: Final[Mapping[str, Writer]] = {
    "string": write_text,
    "int": write_integer,
    "long": write_integer,
    "double": _DOUBLE,
    "boolean": _write_boolean,
}


def _nullable(write: Writer) -> Writer:
    """Return a writer of a union of null and one type."""

    def write_or_null(value: Any) -> bytes:  # noqa: ANN401 - of the field's own type
        return b"\x00" if value is None else b"\x02" + write(value)

    return write_or_null


def _writer_of(schema: Any) -> Writer | None:  # noqa: ANN401 - Avro schemas are JSON of any shape
    """Return the writer of a field; ``None`` for a type that has none here."""
    if isinstance(schema, list):
        write = _writer_of(schema[-1]) if len(schema) == _NULLABLE and schema[0] == "null" else None
        return None if write is None else _nullable(write)
    return _WRITERS.get(schema) if isinstance(schema, str) else None


def encoder_of(schema: Mapping[str, Any]) -> Callable[[msgspec.Struct], bytes] | None:
    """Return what makes the Avro body of a record of this schema; ``None`` where a field is of no simple type."""
    writers = [_writer_of(field["type"]) for field in schema["fields"]]
    values = attrgetter(*(field["name"] for field in schema["fields"]))
    known = [write for write in writers if write is not None]
    if len(known) < len(writers) or len(writers) < 2:  # noqa: PLR2004 - of one name attrgetter makes no tuple
        return None

    def encode(record: msgspec.Struct) -> bytes:
        return b"".join([write(value) for write, value in zip(known, values(record), strict=True)])

    return encode
