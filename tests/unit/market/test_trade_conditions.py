"""What a trade may change: a vector for every condition of the definitions, alone and together."""

import numpy as np
import pytest

from schemas.avro_kernels import read_integer
from schemas.records import Trade, TradeCondition
from streams.market.trade_conditions import (
    AGAIN,
    EVERYTHING,
    FORM_T,
    HIGH_LOW,
    LAST,
    ODD_LOT,
    VOLUME,
    Rules,
    default_rules,
    effect,
    is_known,
    narrowed,
    read_effect,
    rules_of,
)
from tests.unit.market.builders import uncompiled
from tests.unit.market.trade_builders import decoded, encoded, trade

ALL = (0, 14, 25, 28, 8, 9)
NO_LAST = (5, 10, 22, 29, 30)
VOLUME_ONLY = (2, 7, 13, 20, 21, 37, 52, 53)
VECTORS = [
    *((condition, EVERYTHING) for condition in ALL),
    *((condition, HIGH_LOW | VOLUME) for condition in NO_LAST),
    *((condition, VOLUME) for condition in VOLUME_ONLY),
    (15, 0),
    (16, 0),
]


def effect_of(record: Trade, *, regular: bool = True, rules: Rules | None = None) -> tuple[int, list[int]]:
    """Return what a trade may change, and how many of its conditions are in no table, now and again."""
    batch = decoded(encoded([record]), 0)
    unknown = np.zeros(2, np.int64)
    table = default_rules() if rules is None else rules
    flags = uncompiled(read_effect)(batch.buffer, batch.trades[0], table, regular, unknown, 0)
    uncompiled(read_effect)(batch.buffer, batch.trades[0], table, regular, unknown, AGAIN)
    return int(flags), unknown.tolist()


@pytest.mark.parametrize(("condition", "flags"), VECTORS)
@pytest.mark.parametrize("regular", [True, False])
def test_each_condition_alone(condition: int, flags: int, *, regular: bool) -> None:
    """A condition allows what the definitions say, in and outside the regular session, and is in the table."""
    assert effect_of(trade("A", 0, 1.0, 1.0, condition), regular=regular) == (flags, [0, 0])


def test_no_condition_is_a_regular_trade() -> None:
    """It may change all three."""
    assert effect_of(trade("A", 0)) == (EVERYTHING, [0, 0])


@pytest.mark.parametrize(
    ("conditions", "flags"),
    [
        ((14, 41), EVERYTHING),
        ((14, 37), VOLUME),
        ((10, 14), HIGH_LOW | VOLUME),
        ((10, 2), VOLUME),
        ((9, 15), 0),
        ((38,), HIGH_LOW | LAST),
        ((38, 37), 0),
        ((2, 14, 41, 22), VOLUME),
    ],
)
def test_the_strictest_rule_holds(conditions: tuple[int, ...], flags: int) -> None:
    """Over several conditions a trade may change what each of them allows, in any order."""
    assert effect_of(trade("A", 0, 1.0, 1.0, *conditions)) == (flags, [0, 0])
    assert effect_of(trade("A", 0, 1.0, 1.0, *conditions[::-1])) == (flags, [0, 0])


@pytest.mark.parametrize(
    ("conditions", "regular", "flags"),
    [
        ((FORM_T,), True, VOLUME),
        ((FORM_T,), False, EVERYTHING),
        ((FORM_T, ODD_LOT), True, VOLUME),
        ((FORM_T, ODD_LOT), False, VOLUME),
        ((14, FORM_T), False, EVERYTHING),
        ((FORM_T, 2), False, VOLUME),
        ((FORM_T, 10), False, HIGH_LOW | VOLUME),
        ((FORM_T, 15), True, 0),
        ((13,), False, VOLUME),
    ],
)
def test_form_t(conditions: tuple[int, ...], flags: int, *, regular: bool) -> None:
    """Outside the regular session Form T gives prices, unless it is an odd lot or another condition says otherwise."""
    assert effect_of(trade("A", 0, 1.0, 1.0, *conditions), regular=regular) == (flags, [0, 0])


def test_an_odd_lot_of_form_t_gives_no_price_whatever_the_table_says() -> None:
    """The exception for Form T leaves odd lots out by itself."""
    assert uncompiled(effect)(EVERYTHING, is_form_t=True, is_odd_lot=True, in_regular_session=False) == VOLUME
    assert uncompiled(effect)(EVERYTHING, is_form_t=True, is_odd_lot=False, in_regular_session=False) == EVERYTHING


@pytest.mark.parametrize("condition", [-1, -(2**31), 26, 700, 1023, 1024, 2**31 - 1])
def test_a_condition_in_no_table_leaves_the_volume(condition: int) -> None:
    """Whatever else the trade says; it is counted."""
    assert effect_of(trade("A", 0, 1.0, 1.0, 14, condition)) == (VOLUME, [1, 1])
    assert effect_of(trade("A", 0, 1.0, 1.0, 15, condition)) == (0, [1, 1])


def test_an_odd_lot_is_one_by_its_condition() -> None:
    """A small trade without the condition gives a price: round lots differ."""
    assert effect_of(trade("A", 0, 1.0, 1.0))[0] == EVERYTHING


def test_loaded_conditions_replace_the_defaults() -> None:
    """Those of the same id, and new ones are known; ids out of range are left out."""
    loaded = [
        TradeCondition(condition=14, name="x", updates_high_low=False, updates_last=True, updates_volume=False),
        TradeCondition(condition=700, name="x", updates_high_low=True, updates_last=False, updates_volume=True),
        TradeCondition(condition=-1, name="x", updates_high_low=True, updates_last=True, updates_volume=True),
        TradeCondition(condition=1024, name="x", updates_high_low=True, updates_last=True, updates_volume=True),
    ]
    rules = rules_of(loaded)

    assert effect_of(trade("A", 0, 1.0, 1.0, 14), rules=rules) == (LAST, [0, 0])
    assert effect_of(trade("A", 0, 1.0, 1.0, 700), rules=rules) == (HIGH_LOW | VOLUME, [0, 0])
    assert effect_of(trade("A", 0, 1.0, 1.0, -1), rules=rules) == (VOLUME, [1, 1])
    assert effect_of(trade("A", 0, 1.0, 1.0, 2), rules=rules) == (VOLUME, [0, 0])


@pytest.mark.parametrize(("condition", "size"), [(0, 1), (63, 1), (64, 2), (-64, 1), (1023, 2), (-(2**31), 5)])
def test_conditions_of_any_length_are_read(condition: int, size: int) -> None:
    """An id of one byte or more comes back, with the place behind it."""
    record = trade("A", 0, 1.0, 1.0, condition)
    batch = decoded(encoded([record]), 0)
    start = int(batch.trades[0]["conditions_start"])

    assert uncompiled(read_integer)(batch.buffer, start, len(batch.buffer)) == (condition, start + size)


def test_the_parts_agree_with_the_whole() -> None:
    """An id is known where the table has it; Form T is left to ``effect``."""
    rules = default_rules()

    assert uncompiled(is_known)(rules, 14)
    assert not uncompiled(is_known)(rules, 26)
    assert not uncompiled(is_known)(rules, -1)
    assert uncompiled(narrowed)(EVERYTHING, rules, FORM_T) == EVERYTHING
    assert uncompiled(narrowed)(EVERYTHING, rules, 10) == HIGH_LOW | VOLUME
    assert uncompiled(narrowed)(EVERYTHING, rules, 26) == VOLUME
