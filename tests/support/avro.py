"""Avro as its specification describes it, apart from the library in use: fingerprints, and what a reader can read."""

import io
from collections.abc import Mapping
from typing import Any, Final

import fastavro
from fastavro.read import SchemaResolutionError
from fastavro.utils import generate_many

EMPTY_FINGERPRINT: Final = 0xC15D213AA4D7A795
SAMPLES: Final = 50

CLOCK_CANONICAL: Final = (
    '{"name":"tickerboard.Clock","type":"record","fields":['
    '{"name":"event_time","type":"long"},{"name":"received_time","type":"long"}]}'
)
"""The parsing canonical form of the clock's schema, written by hand from the specification's rules."""


def crc_64_avro(text: str) -> int:
    """Return the CRC-64-AVRO fingerprint of a text, bit by bit as in the specification."""
    value = EMPTY_FINGERPRINT
    for byte in text.encode():
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (EMPTY_FINGERPRINT if value & 1 else 0)
    return value


def incompatibility(writer: Mapping[str, Any], reader: Mapping[str, Any]) -> str | None:
    """Return why ``reader`` cannot read what ``writer`` wrote, or ``None`` if it can.

    Samples that take every branch of the unions are written and read back; fields that both schemas have must arrive
    with the values they were sent with.
    """
    written, wanted = fastavro.parse_schema(dict(writer)), fastavro.parse_schema(dict(reader))
    kept = {field["name"] for field in writer["fields"]} & {field["name"] for field in reader["fields"]}
    lost = {field["name"] for field in writer["fields"]} - kept
    if lost:
        return f"fields were taken away: {', '.join(sorted(lost))}"
    for sample in generate_many(written, SAMPLES):
        buffer = io.BytesIO()
        fastavro.schemaless_writer(buffer, written, sample)
        buffer.seek(0)
        try:
            read = fastavro.schemaless_reader(buffer, written, wanted)
        except SchemaResolutionError as error:
            return str(error) or "a type was changed"
        if not isinstance(sample, dict) or not isinstance(read, dict):
            return "not a record"
        changed = [name for name in sorted(kept) if read[name] != sample[name]]
        if changed:
            return f"values arrive changed: {', '.join(changed)}"
    return None
