"""Of several tables the one whose topic it is answers."""

from pathlib import Path
from typing import Final

import pytest
from faust.types import TP

from streams.app import create_app
from streams.partition_state import bar_state
from streams.settings import Settings
from streams.table_group import TableGroup
from streams.tables import SYMBOLS, TABLES

APPLICATION: Final = "group-test"
TOPIC: Final = SYMBOLS.source.name


@pytest.fixture
def group(tmp_path: Path) -> TableGroup:
    """Give the tables of an app that has not started."""
    settings = Settings(kafka_bootstrap="localhost:1", redis_url="", application=APPLICATION)
    return create_app(settings, {table: lambda _: bar_state(1000, "00") for table in TABLES}, tmp_path)[1]


def test_every_table_has_a_topic_and_a_changelog_of_its_own(group: TableGroup) -> None:
    """What is neither is nobody's."""
    sources = [table.source.name for table in TABLES]
    changelogs = [table.changelog(APPLICATION) for table in TABLES]

    assert len(list(group)) == len({*sources}) == len({*changelogs})
    assert all(map(group.is_source, sources))
    assert all(map(group.is_changelog, changelogs))
    assert not any(map(group.is_source, [*changelogs, "reference"]))
    assert not any(map(group.is_changelog, [*sources, "reference"]))


def test_a_partition_is_ours_where_any_table_has_it(group: TableGroup) -> None:
    """Those of the same number move together."""
    first, second, *_ = group
    assert group.partitions == set()

    first.states[3] = first._new_state(3)
    second.states[4] = second._new_state(4)

    assert group.partitions == {3, 4}


def test_the_table_of_the_topic_answers(group: TableGroup) -> None:
    """Where to read from, how far that is, and what may be committed."""
    table = next(iter(group))
    ours, others = TP(TOPIC, 3), TP(TOPIC, 5)
    table.states[3] = table._new_state(3)

    assert (group.start_offset(ours, 7), group.start_offset(others, 7)) == (None, 7)
    group.begin(ours, 9)
    assert table.states[3].position == 9
    assert (group.committable(ours), group.committable(others)) == (None, None)
    table.states[3].flushed = 8
    assert group.committable(ours) == 8
