"""Records published in columns are, byte for byte, those that the codec encodes, clock records among them in place."""

from typing import Any, Final

import msgspec
import numpy as np
from aiokafka.record.default_records import DefaultRecordBatch
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.codec import Codec
from schemas.records import Aggregate, Clock, LimitBand, Quote, Trade
from streams.feed.columns import plan_of
from streams.feed.packing import Clocks, Packer, join_bytes
from streams.feed.record_batch import PackedBatch
from streams.feed.record_columns import columns_of
from streams.feed.record_writer import Template
from tests.support.records import RECORDS

CODEC: Final = Codec({Trade: 7, Clock: 9})
"""Trades and clocks in Confluent framing, the rest as single objects."""
TICKERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
INTS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63) + 1, 2**63 - 1)
DOUBLES = st.floats(allow_nan=False)
LISTS = st.lists(INTS, max_size=12).map(tuple)


def builds(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Return records of a type with any values its schema allows."""
    of_type: dict[Any, st.SearchStrategy[Any]] = {float: DOUBLES, bool: st.booleans(), tuple[int, ...]: LISTS}
    strategies = {}
    for field in msgspec.structs.fields(kind):
        if field.name == "ticker":
            strategy: st.SearchStrategy[Any] = TICKERS
        elif field.type in {int, int | None}:
            strategy = (
                INTS if field.name in {"interval_ms", "exchange", "bid_exchange", "ask_exchange", "tape"} else LONGS
            )
        elif field.type == str | None:
            strategy = st.text(max_size=20)
        else:
            strategy = of_type.get(field.type, DOUBLES)
        nullable = type(None) in getattr(field.type, "__args__", ())
        strategies[field.name] = st.none() | strategy if nullable else strategy
    return st.builds(kind, **strategies)


SERIES = st.one_of(*(st.lists(builds(kind), min_size=1, max_size=30) for kind in (Aggregate, Trade, Quote, LimitBand)))


def published(records: list[Any], clocks: list[Clock], positions: list[int], partitions: list[int]) -> list[list[Any]]:
    """Return key and value of what each partition gets."""
    kind: type[msgspec.Struct] = type(records[0])
    columns = columns_of(kind, records)
    plan = plan_of(kind)
    template = Template(np.frombuffer(CODEC.prefix(kind), np.uint8), plan.operations, 0)
    among = Clocks(np.array(positions, np.int64), join_bytes([CODEC.encode(clock) for clock in clocks]))
    result = []
    for partition in range(2):
        rows = np.flatnonzero(np.array(partitions) == partition)
        messages = []
        for packed in Packer().columns(rows, columns.table(), columns.buffer, template, among):
            batch = PackedBatch(packed.records, packed.number, 5, compressed=False)
            messages += [(record.key, record.value) for record in DefaultRecordBatch(bytes(batch._build()))]
        result.append(messages)
    return result


@given(data=st.data(), records=SERIES)
@example(data=None, records=[record for record in RECORDS if isinstance(record, Aggregate)])
@example(data=None, records=[record for record in RECORDS if isinstance(record, Trade)])
@example(data=None, records=[record for record in RECORDS if isinstance(record, Quote)])
@example(data=None, records=[record for record in RECORDS if isinstance(record, LimitBand)])
def test_columns_are_published_as_the_codec_encodes(data: st.DataObject | None, records: list[Any]) -> None:
    """The same bytes under the same keys; every partition has every clock, before the same rows."""
    count = len(records)
    positions = sorted(data.draw(st.lists(st.integers(0, count), max_size=5))) if data else [0, count]
    partitions = data.draw(st.lists(st.integers(0, 1), min_size=count, max_size=count)) if data else [0] * count
    clocks = [Clock(event_time=number, received_time=-number) for number in range(len(positions))]
    expected: list[list[Any]] = [[], []]
    for row in range(count + 1):
        for clock, position in zip(clocks, positions, strict=True):
            if position == row:
                for messages in expected:
                    messages.append((None, CODEC.encode(clock)))
        if row < count:
            record = records[row]
            expected[partitions[row]].append((record.ticker.encode(), CODEC.encode(record)))

    assert published(records, clocks, positions, partitions) == expected
