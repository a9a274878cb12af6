"""Records to bytes and back: Avro in single-object encoding, or in Confluent framing where a registry gives ids."""

import struct
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import fastavro
import msgspec
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas.record_encoder import encoder_of
from schemas.records import (
    Aggregate,
    Alert,
    Clock,
    DeadLetter,
    Halt,
    LimitBand,
    Quote,
    Record,
    Reference,
    Trade,
    TradeCondition,
    VolumeCurve,
)

AVRO_FOLDER: Final = Path(__file__).parent / "avro"
SINGLE_OBJECT_MARK: Final = b"\xc3\x01"
CONFLUENT_MARK: Final = b"\x00"
SINGLE_OBJECT_PREFIX: Final = 10
CONFLUENT_PREFIX: Final = 5

SCHEMA_FILES: Final[dict[type[msgspec.Struct], str]] = {
    Aggregate: "aggregate",
    Clock: "clock",
    Trade: "trade",
    Quote: "quote",
    LimitBand: "limit_band",
    Halt: "halt",
    Reference: "reference",
    VolumeCurve: "volume_curve",
    TradeCondition: "trade_condition",
    Alert: "alert",
    DeadLetter: "dead_letter",
}


OLDER_SCHEMAS: Final[dict[type[msgspec.Struct], tuple[str, ...]]] = {Reference: ("reference-1",)}
"""Files of ``avro/older`` whose records are still read; those that are decoded in columns have none."""


class CodecError(ValueError):
    """Bytes that no known schema reads."""


@cache
def schema_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the parsed Avro schema of a record type."""
    path = AVRO_FOLDER / f"{SCHEMA_FILES[kind]}.avsc"
    return cast("dict[str, Any]", fastavro.schema.load_schema(str(path)))


@cache
def older_schemas(kind: type[msgspec.Struct]) -> tuple[dict[str, Any], ...]:
    """Return the parsed Avro schemas that earlier programs wrote a record type with."""
    names = OLDER_SCHEMAS.get(kind, ())
    paths = [AVRO_FOLDER / "older" / f"{name}.avsc" for name in names]
    return tuple(cast("dict[str, Any]", fastavro.schema.load_schema(str(path))) for path in paths)


def _fingerprint(schema: dict[str, Any]) -> bytes:
    """Return the 8 bytes by which the single-object encoding names a schema (CRC-64-AVRO, little-endian)."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


@cache
def fingerprint_of(kind: type[msgspec.Struct]) -> bytes:
    """Return the fingerprint of a record type's schema of today."""
    return _fingerprint(schema_of(kind))


@cache
def _encoder_of(kind: type[msgspec.Struct]) -> Callable[[msgspec.Struct], bytes] | None:
    """Return what makes the Avro body of a flat record type."""
    return encoder_of(schema_of(kind))


class Codec:
    """Encodes and decodes records; ``registry_ids`` turns on Confluent framing for what it writes."""

    def __init__(self, registry_ids: Mapping[type[msgspec.Struct], int] | None = None) -> None:
        """Take the ids a schema registry gave; without them records are framed as single objects."""
        self._kinds: dict[bytes, type[msgspec.Struct]] = {}
        self._prefixes: dict[type[msgspec.Struct], bytes] = {}
        self._older: dict[bytes, tuple[type[msgspec.Struct], dict[str, Any]]] = {}
        for kind in SCHEMA_FILES:
            single = SINGLE_OBJECT_MARK + fingerprint_of(kind)
            self._kinds[single] = kind
            self._prefixes[kind] = single
            for schema in older_schemas(kind):
                self._older[SINGLE_OBJECT_MARK + _fingerprint(schema)] = (kind, schema)
        for kind, number in (registry_ids or {}).items():
            confluent = CONFLUENT_MARK + struct.pack(">I", number)
            self._kinds[confluent] = kind
            self._prefixes[kind] = confluent

    def prefix(self, kind: type[msgspec.Struct]) -> bytes:
        """Return the bytes that stand before the Avro body of a record of this type."""
        return self._prefixes[kind]

    def prefixes(self) -> dict[bytes, type[msgspec.Struct]]:
        """Return every prefix of today's schemas, of both framings."""
        return dict(self._kinds)

    def encode(self, record: Record) -> bytes:
        """Return the framed bytes of a record."""
        kind = type(record)
        encode = _encoder_of(kind)
        if encode is not None:
            return self._prefixes[kind] + encode(record)
        buffer = BytesIO()
        buffer.write(self._prefixes[kind])
        fastavro.schemaless_writer(buffer, schema_of(kind), msgspec.structs.asdict(record))
        return buffer.getvalue()

    def decode(self, data: bytes) -> Record:
        """Return the record in framed bytes; raise ``CodecError`` where they are not one."""
        length = SINGLE_OBJECT_PREFIX if data[:1] == SINGLE_OBJECT_MARK[:1] else CONFLUENT_PREFIX
        kind, writer = self._older.get(data[:length], (self._kinds.get(data[:length]), None))
        if kind is None:
            message = f"no schema is known for the prefix {data[:length].hex()!r}"
            raise CodecError(message)
        body = BytesIO(data[length:])
        try:
            fields = fastavro.schemaless_reader(body, writer or schema_of(kind), schema_of(kind) if writer else None)
            record = cast("Record", msgspec.convert(fields, kind))
        except (EOFError, ValueError, TypeError, IndexError, struct.error, msgspec.ValidationError) as error:
            message = f"not a {kind.__name__}: {error}"
            raise CodecError(message) from error
        if body.tell() != len(data) - length:
            message = f"not a {kind.__name__}: {len(data) - length - body.tell()} bytes follow it"
            raise CodecError(message)
        return record
