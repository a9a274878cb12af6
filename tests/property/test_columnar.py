"""The columnar decoder reads what fastavro writes, and of anything else it reads nothing but says so."""

from typing import Any, Final

import msgspec
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.codec import Codec, CodecError
from schemas.columnar import NO_INTEGER, UNKNOWN_KIND, ColumnarDecoder, Messages, join
from schemas.records import Aggregate, Clock, LimitBand, Quote, Trade

KINDS: Final[tuple[type[msgspec.Struct], ...]] = (Aggregate, Clock, Trade, Quote, LimitBand)
"""The types whose records are flat."""
PLAIN: Final = Codec()
REGISTERED: Final = Codec({kind: number for number, kind in enumerate(KINDS, 300)})
DECODER: Final = ColumnarDecoder(KINDS, REGISTERED.prefixes())

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63) + 1, 2**63 - 1)
DOUBLES = st.floats(allow_nan=False)
OF_TYPE: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: TEXTS,
    float: DOUBLES,
    bool: st.booleans(),
    tuple[int, ...]: st.lists(INTS, max_size=12).map(tuple),
}
SHORT: Final = {"interval_ms", "exchange", "bid_exchange", "ask_exchange", "tape"}
"""Fields whose schema says int, not long."""


def strategy(field: msgspec.structs.FieldInfo) -> st.SearchStrategy[Any]:
    """Return values of a field, null among them where it may be."""
    variants = set(getattr(field.type, "__args__", ())) if field.type != tuple[int, ...] else set()
    kind = next(iter(variants - {type(None)}), field.type)
    values = OF_TYPE.get(kind, INTS if field.name in SHORT else LONGS)
    return st.none() | values if type(None) in variants else values


def builds(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return records of a type with any values its schema allows."""
    return st.builds(kind, **{field.name: strategy(field) for field in msgspec.structs.fields(kind)})


RECORDS = st.one_of(*map(builds, KINDS))
CODECS = st.sampled_from([PLAIN, REGISTERED])


def integers_at(buffer: bytes, position: int, count: int) -> tuple[int, ...]:
    """Read zigzag varints, by Avro's specification."""
    found = []
    for _ in range(count):
        bits = shift = 0
        while True:
            byte = buffer[position]
            position += 1
            bits |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        found.append(bits >> 1 ^ -(bits & 1))
    return tuple(found)


def value_of(line: np.void, field: msgspec.structs.FieldInfo, buffer: bytes) -> Any:  # noqa: ANN401 - of any field
    """Return what a line says of a field, as the record has it."""
    names = line.dtype.names or ()
    if field.name not in names:
        start, length = int(line[f"{field.name}_start"]), int(line[f"{field.name}_length"])
        if length < 0:
            return None
        if field.type == tuple[int, ...]:
            return integers_at(buffer, start, length)
        return buffer[start : start + length].decode()
    value = line[field.name].item()
    if value == NO_INTEGER or value != value:  # noqa: PLR0124 - only NaN differs from itself
        return None
    return bool(value) if field.type is bool else value


def decoded(messages: Messages) -> list[Any]:
    """Return the record in each message, ``None`` where the decoder says that it is of no kind."""
    kinds, tables = DECODER(messages)
    buffer = messages.buffer.tobytes()
    return [
        None
        if kind == UNKNOWN_KIND
        else KINDS[kind](
            **{
                field.name: value_of(tables[kind][place], field, buffer)
                for field in msgspec.structs.fields(KINDS[kind])
            }
        )
        for place, kind in enumerate(kinds.tolist())
    ]


def enclosed(value: bytes) -> Messages:
    """Return a message between bytes that would be read on as more of it, were its end not kept to."""
    around = b"\x02\x00" * 40
    buffer = np.frombuffer(around + value + around, np.uint8)
    return Messages(buffer, np.array([len(around)]), np.array([len(around) + len(value)]))


@given(st.lists(st.tuples(RECORDS, CODECS), max_size=20))
def test_reads_what_the_codec_writes(batch: list[tuple[Any, Codec]]) -> None:
    """Every field of any mix of records, in both framings, arrives as it was sent."""
    messages = join([codec.encode(record) for record, codec in batch])

    assert decoded(messages) == [record for record, _ in batch]


@given(RECORDS, CODECS, st.data())
def test_cut_short(record: Any, codec: Codec, data: st.DataObject) -> None:  # noqa: ANN401 - of any type
    """No proper beginning of a message is taken for one, even where the bytes behind it would complete it."""
    message = codec.encode(record)

    assert decoded(enclosed(message[: data.draw(st.integers(0, len(message) - 1))])) == [None]


@given(RECORDS, CODECS, st.binary(min_size=1, max_size=20))
def test_with_something_after_it(record: Any, codec: Codec, rest: bytes) -> None:  # noqa: ANN401 - of any type
    """A message with bytes after it is not taken for the message alone."""
    assert decoded(enclosed(codec.encode(record) + rest)) == [None]


@given(st.sampled_from([b"", *REGISTERED.prefixes()]), st.binary(max_size=120))
@example(b"", b"")
@example(PLAIN.prefix(Clock), b"\xff" * 60)
@example(PLAIN.prefix(Clock), b"\x80" * 9 + b"\x01\x00")
@example(PLAIN.prefix(Trade), b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01A")
@example(PLAIN.prefix(LimitBand), b"\x02A\x00\x00\x00" + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"\x00" * 5)
def test_garbage(prefix: bytes, body: bytes) -> None:
    """What fastavro refuses is of no kind, and texts and arrays never reach outside their message."""
    messages = enclosed(prefix + body)
    kinds, tables = DECODER(messages)
    if kinds[0] == UNKNOWN_KIND:
        return

    line = tables[kinds[0]][0]
    for name in line.dtype.names or ():
        if name.endswith("_start") and line[name.replace("_start", "_length")] >= 0:
            assert messages.starts[0] <= line[name] + line[name.replace("_start", "_length")] <= messages.ends[0]
    try:
        REGISTERED.decode(prefix + body)
    except CodecError as error:
        # Text that is not UTF-8, a number or a branch beyond its range: kernels look at bytes, their callers at values.
        assert any(part in str(error) for part in ("utf-8", "Expected", "range")), error  # noqa: PT017


@given(RECORDS, st.data())
def test_flipped_bits(record: Any, data: st.DataObject) -> None:  # noqa: ANN401 - of any type
    """A damaged message harms neither its neighbours nor the process."""
    clock = Clock(event_time=5, received_time=6)
    message = bytearray(PLAIN.encode(record))
    message[data.draw(st.integers(0, len(message) - 1))] ^= data.draw(st.integers(1, 255))
    messages = join([PLAIN.encode(clock), bytes(message), PLAIN.encode(record)])
    kinds, tables = DECODER(messages)

    assert kinds[0] == KINDS.index(Clock)
    assert kinds[2] == KINDS.index(type(record))
    assert tables[1][0].item() == (5, 6)
