"""Whatever a record holds, it comes back; whatever else the bytes hold, they are refused in one way."""

import io
import json
from typing import Any, Final, get_args

import fastavro
import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.codec import AVRO_FOLDER, SCHEMA_FILES, Codec, CodecError, schema_of
from schemas.records import (
    Record,
    Reference,
    VolumeCurve,
)
from tests.support.records import RECORDS

PLAIN: Final = Codec()
REGISTERED: Final = Codec({kind: 2**31 - n for n, kind in enumerate(SCHEMA_FILES, start=1)})

INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
DOUBLES = st.floats(allow_nan=False)
TEXTS = st.text(max_size=40)
TICKERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


STRATEGIES: Final[dict[str, st.SearchStrategy[object]]] = {
    "int": INTS,
    "long": LONGS,
    "double": DOUBLES,
    "string": TEXTS,
    "boolean": st.booleans(),
    "bytes": st.binary(max_size=60),
}


def values_of(avro: Any) -> st.SearchStrategy[object]:  # noqa: ANN401 - a schema is JSON of any shape
    """Return a strategy for a field of an Avro type."""
    if isinstance(avro, list):
        return st.none() | values_of(avro[1])
    if isinstance(avro, dict):
        return st.lists(values_of(avro["items"]), max_size=30).map(tuple)
    return STRATEGIES[avro]


def records_of(kind: type[Record]) -> st.SearchStrategy[Record]:
    """Return a strategy for a record type, as the file of its schema says."""
    schema = json.loads((AVRO_FOLDER / f"{SCHEMA_FILES[kind]}.avsc").read_text(encoding="utf-8"))
    fields = {field["name"]: values_of(field["type"]) for field in schema["fields"]}
    return st.builds(kind, **{**fields, **({"ticker": TICKERS} if "ticker" in fields else {})})


RECORDS_OF_ALL_TYPES: st.SearchStrategy[Record] = st.one_of(*map(records_of, get_args(Record)))

CODECS = st.sampled_from([PLAIN, REGISTERED])


def test_strategies_cover_every_type() -> None:
    """A new record type gets a schema, a strategy, and an example, too."""
    assert {type(record) for record in RECORDS} == set(SCHEMA_FILES) == set(get_args(Record))


@given(RECORDS_OF_ALL_TYPES, CODECS)
def test_round_trip(record: Record, codec: Codec) -> None:
    """``decode(encode(record))`` is the record, of the same type, in both framings; and both codecs read the first."""
    decoded = codec.decode(codec.encode(record))

    assert decoded == record
    assert type(decoded) is type(record)
    assert REGISTERED.decode(PLAIN.encode(record)) == record


@given(RECORDS_OF_ALL_TYPES)
def test_framings_differ_in_the_prefix_only(record: Record) -> None:
    """Both framings carry the same body."""
    plain, registered = (codec.encode(record)[len(codec.prefix(type(record))) :] for codec in (PLAIN, REGISTERED))

    assert plain == registered


@given(RECORDS_OF_ALL_TYPES, CODECS, st.data())
def test_cut_short(record: Record, codec: Codec, data: st.DataObject) -> None:
    """No proper beginning of a message is taken for a message."""
    message = codec.encode(record)
    cut = message[: data.draw(st.integers(0, len(message) - 1))]

    assert refused(codec, cut)


@given(RECORDS_OF_ALL_TYPES, CODECS, st.binary(min_size=1, max_size=20))
def test_with_something_after_it(record: Record, codec: Codec, rest: bytes) -> None:
    """A message with bytes after it is not taken for the message alone."""
    assert refused(codec, codec.encode(record) + rest)


@given(st.sampled_from([b"", *PLAIN.prefixes(), *REGISTERED.prefixes()]), st.binary(max_size=200))
@example(b"", b"")
@example(PLAIN.prefix(Reference), b"\xff" * 60)
@example(PLAIN.prefix(Reference), b"\x80" * 30 + b"\x01")
@example(PLAIN.prefix(VolumeCurve), b"\x02A\x00\x00" + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
def test_garbage(prefix: bytes, body: bytes) -> None:
    """Any bytes decode to a record that the codec can write again, or raise ``CodecError`` and nothing else."""
    try:
        record = REGISTERED.decode(prefix + body)
    except CodecError:
        return

    assert isinstance(record, msgspec.Struct)
    assert PLAIN.encode(record).startswith(PLAIN.prefix(type(record)))


@given(RECORDS_OF_ALL_TYPES, CODECS, st.data())
def test_flipped_bits(record: Record, codec: Codec, data: st.DataObject) -> None:
    """A message with a damaged byte decodes to something, or raises ``CodecError`` and nothing else."""
    message = bytearray(codec.encode(record))
    message[data.draw(st.integers(0, len(message) - 1))] ^= data.draw(st.integers(1, 255))

    refused(codec, bytes(message))


def refused(codec: Codec, message: bytes) -> bool:
    """Tell whether a message is refused; any other error than ``CodecError`` goes on to the test."""
    try:
        codec.decode(message)
    except CodecError:
        return True
    return False


@given(RECORDS_OF_ALL_TYPES)
def test_the_bytes_are_those_of_the_library(record: Record) -> None:
    """However a record is encoded, it is what the general library makes of it."""
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema_of(type(record)), msgspec.structs.asdict(record))

    assert PLAIN.encode(record) == PLAIN.prefix(type(record)) + buffer.getvalue()
