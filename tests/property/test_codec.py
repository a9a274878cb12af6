"""Whatever a record holds, it comes back; whatever else the bytes hold, they are refused in one way."""

from typing import Final

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.codec import SCHEMA_FILES, Codec, CodecError
from schemas.records import Aggregate, Clock, DeadLetter, LimitBand, Record, Reference, Trade, VolumeCurve
from tests.support.records import RECORDS

PLAIN: Final = Codec()
REGISTERED: Final = Codec({kind: 2**31 - n for n, kind in enumerate(SCHEMA_FILES, start=1)})

INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
DOUBLES = st.floats(allow_nan=False)
TEXTS = st.text(max_size=40)
TICKERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Return a strategy for a nullable field."""
    return st.none() | values


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    """Return a strategy for an array."""
    return st.lists(values, max_size=30).map(tuple)


RECORDS_OF_ALL_TYPES: st.SearchStrategy[Record] = st.one_of(
    st.builds(
        Aggregate,
        ticker=TICKERS,
        interval_ms=INTS,
        start_time=LONGS,
        open=DOUBLES,
        high=DOUBLES,
        low=DOUBLES,
        close=DOUBLES,
        volume=DOUBLES,
        volume_weighted_price=maybe(DOUBLES),
        transactions=maybe(LONGS),
        average_size=maybe(DOUBLES),
        vendor_day_volume=maybe(DOUBLES),
        vendor_open=maybe(DOUBLES),
        vendor_vwap=maybe(DOUBLES),
        otc=st.booleans(),
        received_time=LONGS,
    ),
    st.builds(Clock, event_time=LONGS, received_time=LONGS),
    st.builds(
        Trade,
        ticker=TICKERS,
        price=DOUBLES,
        size=DOUBLES,
        trade_time=LONGS,
        exchange=maybe(INTS),
        tape=maybe(INTS),
        trade_id=maybe(TEXTS),
        sequence=maybe(LONGS),
        conditions=several(INTS),
        received_time=LONGS,
    ),
    st.builds(
        LimitBand,
        ticker=TICKERS,
        event_time=LONGS,
        high_limit=maybe(DOUBLES),
        low_limit=maybe(DOUBLES),
        indicators=several(INTS),
        tape=maybe(INTS),
        sequence=maybe(LONGS),
        received_time=LONGS,
    ),
    st.builds(Reference, ticker=TICKERS, trading_date=TEXTS, prev_close=maybe(DOUBLES), avg_volume=maybe(DOUBLES)),
    st.builds(
        VolumeCurve,
        ticker=TICKERS,
        trading_date=TEXTS,
        sample_days=INTS,
        seconds=several(INTS),
        volumes=several(DOUBLES),
    ),
    st.builds(
        DeadLetter,
        reason=TEXTS,
        detail=TEXTS,
        source=TEXTS,
        partition=maybe(INTS),
        position=maybe(LONGS),
        payload=st.binary(max_size=60),
        received_time=LONGS,
    ),
)

CODECS = st.sampled_from([PLAIN, REGISTERED])


def test_strategies_cover_every_type() -> None:
    """A new record type gets a strategy, and an example, too."""
    assert {type(record) for record in RECORDS} == set(SCHEMA_FILES)
    assert len(RECORDS_OF_ALL_TYPES.branches) == len(SCHEMA_FILES)


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
