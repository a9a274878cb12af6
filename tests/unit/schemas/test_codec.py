"""Framing of records, against vectors that come from the Avro specification and not from the code under test."""

import msgspec
import pytest

from schemas.codec import SCHEMA_FILES, Codec, CodecError, fingerprint_of, schema_of
from schemas.records import Aggregate, Clock, Record, Reference, Trade
from tests.support.avro import CLOCK_CANONICAL, crc_64_avro
from tests.support.records import RECORDS

CLOCK = Clock(event_time=1, received_time=-64)
CLOCK_BODY = b"\x02\x7f"
"""Zigzag: 1 is 2, -64 is 127."""


def test_fingerprint_vector() -> None:
    """The specification's algorithm gives the number that Avro publishes for ``"null"``: our yardstick is right."""
    assert crc_64_avro('"null"') == 0x63DD24E7CC258F8A


def test_fingerprint_is_little_endian() -> None:
    """A schema is named by the CRC-64-AVRO of its canonical form, lowest byte first."""
    assert fingerprint_of(Clock) == crc_64_avro(CLOCK_CANONICAL).to_bytes(8, "little")


def test_fingerprints_differ() -> None:
    """No two record types share a fingerprint."""
    assert len({fingerprint_of(kind) for kind in SCHEMA_FILES}) == len(SCHEMA_FILES)


def test_single_object() -> None:
    """By default a record is the mark C3 01, the fingerprint and the Avro body, byte for byte."""
    fingerprint = crc_64_avro(CLOCK_CANONICAL).to_bytes(8, "little")

    assert Codec().encode(CLOCK) == b"\xc3\x01" + fingerprint + CLOCK_BODY


def test_confluent() -> None:
    """With registered ids a record is a zero byte, the id in network order and the same body."""
    assert Codec({Clock: 258}).encode(CLOCK) == b"\x00\x00\x00\x01\x02" + CLOCK_BODY


def test_aggregate_body() -> None:
    """Text is length and bytes, a double is eight bytes little-endian, a union is its branch and then the value."""
    bar = Aggregate(
        ticker="NA",
        interval_ms=1000,
        start_time=0,
        open=1,
        high=1,
        low=1,
        close=1,
        volume=0.5,
        otc=True,
        received_time=3,
    )
    one, half = bytes.fromhex("000000000000f03f"), bytes.fromhex("000000000000e03f")

    body = Codec().encode(bar)[10:]

    assert body == b"\x04NA" + b"\xd0\x0f" + b"\x00" + one * 4 + half + b"\x00" * 6 + b"\x01" + b"\x06"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
@pytest.mark.parametrize("codec", [Codec(), Codec({kind: 7 + n for n, kind in enumerate(SCHEMA_FILES)})])
def test_round_trip(codec: Codec, record: Record) -> None:
    """What was encoded is decoded to an equal record of the same type, in either framing."""
    decoded = codec.decode(codec.encode(record))

    assert decoded == record
    assert type(decoded) is type(record)


def test_reads_both_framings() -> None:
    """A reader that knows a registry still reads what was written without one."""
    assert Codec({Clock: 1}).decode(Codec().encode(CLOCK)) == CLOCK


def test_partly_registered() -> None:
    """A type without a registered id keeps the framing that needs none."""
    record = Reference(ticker="A", trading_date="2025-01-06")

    assert Codec({Clock: 1}).encode(record) == Codec().encode(record)


def test_prefixes() -> None:
    """The prefix of a type is what its records begin with, and ``prefixes`` holds those of both framings."""
    codec = Codec({Clock: 9})

    assert codec.prefix(Clock) == b"\x00\x00\x00\x00\x09"
    assert codec.prefix(Trade) == b"\xc3\x01" + fingerprint_of(Trade)
    assert codec.prefixes()[codec.prefix(Clock)] is Clock
    assert codec.prefixes()[b"\xc3\x01" + fingerprint_of(Clock)] is Clock
    assert len(codec.prefixes()) == len(SCHEMA_FILES) + 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no schema is known"),
        (b"\xc3", "no schema is known"),
        (b"\xc3\x01", "no schema is known"),
        (b"\xc3\x01\x00\x00\x00\x00\x00\x00\x00\x00\x02\x7f", "no schema is known for the prefix 'c3010000"),
        (b"\x00\x00\x00\x00\x02\x02\x7f", "no schema is known for the prefix '0000000002'"),
        (b'{"event_time": 1}', "no schema is known"),
        (b"\x00\x00\x00\x00\x01", "not a Clock"),
        (b"\x00\x00\x00\x00\x01\x02", "not a Clock"),
        (b"\x00\x00\x00\x00\x01\x02\x80", "not a Clock"),
        (b"\x00\x00\x00\x00\x01\x02\x7f\x00", "not a Clock: 1 bytes follow it"),
    ],
)
def test_bytes_that_are_no_record(data: bytes, words: str) -> None:
    """Unknown prefixes, records cut short and records with something after them are refused in words."""
    with pytest.raises(CodecError, match=words):
        Codec({Clock: 1}).decode(data)


def test_text_that_is_no_text() -> None:
    """A ticker that is not UTF-8 is refused, not guessed at."""
    body = Codec().encode(Reference(ticker="AB", trading_date="2025-01-06")).replace(b"\x04AB", b"\x04\xff\xfe")

    with pytest.raises(CodecError, match="not a Reference"):
        Codec().decode(body)


def test_every_record_type_has_a_schema() -> None:
    """Every member of ``Record`` is encoded, and each schema carries its type's name."""
    assert set(SCHEMA_FILES) == set(Record.__args__)
    assert {schema_of(kind)["name"] for kind in SCHEMA_FILES} == {
        f"tickerboard.{kind.__name__}" for kind in SCHEMA_FILES
    }
    assert all(issubclass(kind, msgspec.Struct) for kind in SCHEMA_FILES)
