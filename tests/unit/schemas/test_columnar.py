"""Columns made from Avro bodies: every type a schema may have, what null becomes, and what is refused."""

from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import fastavro
import numpy as np
import pytest

from schemas.avro_kernels import classify, decode
from schemas.codec import Codec
from schemas.columnar import NO_INTEGER, UNKNOWN_KIND, ColumnarDecoder, join, plan_for
from schemas.compiled import compiled, compiled_in_place, source_digest
from schemas.records import Aggregate, Clock, VolumeCurve

EVERY_TYPE: Final[dict[str, Any]] = {
    "type": "record",
    "name": "Everything",
    "fields": [
        {"name": "a_int", "type": "int"},
        {"name": "a_float", "type": "float"},
        {"name": "maybe_float", "type": ["float", "null"]},
        {"name": "a_boolean", "type": "boolean"},
        {"name": "maybe_boolean", "type": ["null", "boolean"]},
        {"name": "a_enum", "type": {"type": "enum", "name": "Side", "symbols": ["BUY", "SELL"]}},
        {"name": "maybe_text", "type": ["null", "string"]},
        {"name": "maybe_numbers", "type": ["null", {"type": "array", "items": "long"}]},
        {"name": "some_bytes", "type": "bytes"},
    ],
}


def lines(schema: dict[str, Any], *bodies: bytes) -> tuple[list[int], np.ndarray]:
    """Decode bodies of one schema; return kinds (0 where decoded) and the table."""
    plan = plan_for(schema)
    messages = join(bodies)
    kinds = np.zeros(len(bodies), np.int64)
    table = np.zeros(len(bodies), plan.dtype)
    columns = table.view(np.int64).reshape(len(bodies), -1)
    decode(messages.buffer, messages.starts, messages.ends, kinds, 0, plan.operations, columns)
    return kinds.tolist(), table


def body(schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    """Return a record's Avro body."""
    buffer = BytesIO()
    fastavro.schemaless_writer(buffer, schema, record)
    return buffer.getvalue()


def everything(**values: Any) -> bytes:  # noqa: ANN401 - of any field
    """Return the body of a record with every type."""
    null = dict.fromkeys(("maybe_float", "maybe_boolean", "maybe_text", "maybe_numbers"))
    given = {"a_int": -3, "a_float": 0.5, "a_boolean": True, "a_enum": "SELL", "some_bytes": b"\x00\xff"}
    return body(EVERY_TYPE, {**null, **given, **values})


def test_every_type_and_every_null() -> None:
    """Integers, enums and booleans are integers, singles are doubles; null is the least integer, NaN or length -1."""
    full = everything(maybe_float=-1.25, maybe_boolean=False, maybe_text="ABC", maybe_numbers=[1, -2, 3])
    kinds, table = lines(EVERY_TYPE, full, everything())

    assert kinds == [0, 0]
    assert table["a_int"].tolist() == [-3, -3]
    assert table["a_float"].tolist() == [0.5, 0.5]
    assert table["a_boolean"].tolist() == [1, 1]
    assert table["a_enum"].tolist() == [1, 1]
    assert table["some_bytes_length"].tolist() == [2, 2]
    assert table["maybe_float"][0] == -1.25
    assert np.isnan(table["maybe_float"][1])
    assert table["maybe_boolean"].tolist() == [0, NO_INTEGER]
    assert table["maybe_text_length"].tolist() == [3, -1]
    assert table["maybe_numbers_length"].tolist() == [3, -1]


@pytest.mark.parametrize(
    ("field", "value", "damage"),
    [
        ("boolean", True, b"\x02"),
        ("boolean", True, b""),
        ("float", 1.0, b"\x00\x00\x80"),
        ("double", 1.0, b"\x00" * 7),
        ("int", 1, b"\x80"),
        ("int", 1, b"\xff" * 11),
        ("string", "ab", b"\x04a"),
        ("string", "ab", b"\x03"),
        ("string", "ab", b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01a"),
        (["null", "int"], 1, b"\x04\x02"),
        (["null", "int"], 1, b"\x80"),
        ({"type": "array", "items": "int"}, [1], b"\x04\x02"),
        ({"type": "array", "items": "int"}, [1], b"\x02\x02"),
        ({"type": "array", "items": "int"}, [1], b"\x80"),
        ({"type": "array", "items": "int"}, [1], b"\x01\x80"),
        ({"type": "array", "items": "int"}, [1], b"\x02\x02\x02\x02\x00"),
        ({"type": "array", "items": "int"}, [1], b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00"),
    ],
)
def test_what_does_not_decode_is_of_no_kind(field: Any, value: Any, damage: bytes) -> None:  # noqa: ANN401 - of any type
    """A value that ends early, a wrong branch, a negative length, an array in several blocks: each is refused alone."""
    schema = {"type": "record", "name": "One", "fields": [{"name": "it", "type": field}]}
    good = body(schema, {"it": value})
    kinds, _ = lines(schema, good, damage, good)

    assert kinds == [0, UNKNOWN_KIND, 0]


def test_an_array_with_its_size_in_bytes() -> None:
    """Writers may put the block's size before its items, with a negative count."""
    schema = {
        "type": "record",
        "name": "One",
        "fields": [{"name": "it", "type": {"type": "array", "items": "int"}}],
    }
    kinds, table = lines(schema, b"\x03\x04\x02\x04\x00")

    assert kinds == [0]
    assert table["it_length"].tolist() == [2]
    assert table["it_start"].tolist() == [2]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (["null", "int", "string"], "only unions of null and one type"),
        (["int", "string"], "only unions of null and one type"),
        ({"type": "array", "items": "double"}, "a field of type array cannot be decoded"),
        ({"type": "map", "values": "int"}, "a field of type map cannot be decoded"),
    ],
)
def test_a_type_without_a_column_is_refused(kind: Any, message: str) -> None:  # noqa: ANN401 - of any type
    """What has no column is an error when the plan is made, not when the first record comes."""
    with pytest.raises(TypeError, match=message):
        plan_for({"type": "record", "name": "One", "fields": [{"name": "it", "type": kind}]})


def test_a_curve_has_no_columns() -> None:
    """Arrays of doubles are for fastavro: a decoder for them cannot be made."""
    with pytest.raises(TypeError):
        ColumnarDecoder((VolumeCurve,), Codec().prefixes())


def test_a_null_value_is_an_empty_message() -> None:
    """A tombstone is of no kind, and does not shift what follows."""
    clock = Codec().encode(Clock(event_time=7, received_time=8))
    kinds, (table,) = ColumnarDecoder((Clock,), Codec().prefixes())(join([None, clock, b""]))

    assert kinds.tolist() == [UNKNOWN_KIND, 0, UNKNOWN_KIND]
    assert table[1].item() == (7, 8)


def test_an_empty_batch() -> None:
    """No messages are no kinds and empty tables."""
    kinds, tables = ColumnarDecoder((Aggregate, Clock), Codec().prefixes())(join([]))

    assert len(kinds) == 0
    assert [len(table) for table in tables] == [0, 0]


def test_prefixes_are_compared_whole() -> None:
    """A prefix that differs in its last byte, or is cut short, names no schema."""
    messages = join([b"\xc3\x01AB", b"\xc3\x01AC", b"\xc3\x01A"])
    prefixes = np.frombuffer(b"\xc3\x01AB", np.uint8).reshape(1, 4)
    kinds, bodies = np.zeros(3, np.int64), np.zeros(3, np.int64)
    classify(*messages, prefixes, np.array([4]), np.array([6]), kinds, bodies)

    assert kinds.tolist() == [6, UNKNOWN_KIND, UNKNOWN_KIND]
    assert bodies[0] == 4


def test_compiled_functions_stay_callable_uncompiled() -> None:
    """Both decorators keep the Python function, and a change in a module that it imports makes its cache stale."""
    for decorate in (compiled, compiled_in_place):

        @decorate
        def double(value: int) -> int:
            return 2 * value

        assert getattr(double, "py_func", double)(4) == 8


def test_the_cache_is_as_old_as_what_its_module_imports(tmp_path: Path) -> None:
    """A module's digest is of its own source, and of the project's modules that it imports."""
    alone, importing = tmp_path / "alone.py", tmp_path / "importing.py"
    alone.write_text("X = 1\n")
    importing.write_text("from schemas.compiled import compiled\n")
    own = [blake2b(path.read_bytes(), digest_size=16).hexdigest() for path in (alone, importing)]

    assert source_digest(str(alone)) == own[0]
    assert source_digest(str(importing)) != own[1]
