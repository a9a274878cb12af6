"""What a trade may change, by the ids of its conditions: the extremes, the last price, the volume.

The strictest rule over all conditions of a trade holds; without a condition it is a regular one and changes all three.
An id that is not in the table lets the trade carry volume and nothing else. A condition makes an odd lot (37), not the
size, for round lots differ. "Market center official close" and "open" (15, 16) repeat auction prints: no volume.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.avro_kernels import Integer, read_integer
from schemas.compiled import compiled_in_place
from schemas.records import TradeCondition
from streams.market.ticker_index import Bytes

HIGH_LOW, LAST, VOLUME, KNOWN = 1, 2, 4, 8
"""What a trade may change, as bits; the fourth tells an id of the table from one that is not in it."""
EVERYTHING: Final = HIGH_LOW | LAST | VOLUME
FORM_T: Final = 12
ODD_LOT: Final = 37
AGAIN: Final = 1
"""Place of the count of what was counted before."""
IDS: Final = 1024
"""Ids from 0 up to this can be in the table."""

DEFAULTS: Final = {
    EVERYTHING: (0, 1, 3, 4, 6, 8, 9, 11, 14, 17, 18, 19, 23, 24, 25, 27, 28, 31, 34, 35, 36, 41, 55),
    HIGH_LOW | VOLUME: (5, 10, 22, 29, 30, 32, 33),
    HIGH_LOW | LAST: (38,),
    VOLUME: (2, 7, 12, 13, 20, 21, 37, 52, 53),
    0: (15, 16),
}
"""The rules where none were loaded: those of the product's definitions, for other ids those of Massive's conditions.

Where the tapes let a trade set the last price only on a condition (as when it is the day's first), it sets none.
"""

Rules: TypeAlias = npt.NDArray[np.uint8]
"""The table: ``IDS`` sets of bits by id; 0 where an id is not in it."""


def default_rules() -> Rules:
    """Return the table that holds where no conditions were loaded."""
    rules = np.zeros(IDS, np.uint8)
    for flags, conditions in DEFAULTS.items():
        rules[list(conditions)] = flags | KNOWN
    return rules


def flags_of(record: TradeCondition) -> int:
    """Return what a trade with a loaded condition may change, as bits."""
    return record.updates_high_low * HIGH_LOW | record.updates_last * LAST | record.updates_volume * VOLUME


def rules_of(records: Iterable[TradeCondition]) -> Rules:
    """Return the defaults, with loaded conditions in place of those of the same id; ids out of range are left out."""
    rules = default_rules()
    for record in records:
        put_rule(rules, record)
    return rules


def put_rule(rules: Rules, record: TradeCondition) -> None:
    """Put a loaded condition in place of the one with the same id; an id out of range is left out."""
    if 0 <= record.condition < IDS:
        rules[record.condition] = flags_of(record) | KNOWN


@compiled_in_place
def effect(flags: int, is_form_t: bool, is_odd_lot: bool, in_regular_session: bool) -> int:  # noqa: FBT001 - by position
    """Return what a trade may change, given what its conditions other than Form T allow.

    Form T (12) carries volume alone in the regular session. Before and after it nearly all trades are Form T, so there
    one that is no odd lot gives prices too: Massive's rule for minute bars (its knowledge base, "Form T").
    """
    if is_form_t and (in_regular_session or is_odd_lot):
        return flags & VOLUME
    return flags


@compiled_in_place
def is_known(rules: Rules, condition: Integer) -> bool:
    """Return whether the table has an id."""
    return bool(0 <= condition < len(rules) and rules[condition] & KNOWN)


@compiled_in_place
def narrowed(flags: int, rules: Rules, condition: Integer) -> int:
    """Return what is left of the bits when one more condition holds; Form T is judged by ``effect``."""
    if condition == FORM_T:
        return flags
    if is_known(rules, condition):
        return flags & int(rules[condition])
    return flags & VOLUME


@compiled_in_place
def read_effect(
    buffer: Bytes,
    trade: np.record,
    rules: Rules,
    in_regular_session: bool,  # noqa: FBT001 - by position
    unknown: npt.NDArray[np.int64],
    again: int,
) -> int:
    """Return what a decoded trade, its conditions encoded in ``buffer``, may change, as bits.

    ``unknown[again]`` counts the conditions that are not in the table: 0, or ``AGAIN`` where they were counted before.
    """
    flags = EVERYTHING
    is_form_t = is_odd_lot = False
    position = trade.conditions_start
    for _ in range(trade.conditions_length):
        condition, position = read_integer(buffer, position, len(buffer))
        flags = narrowed(flags, rules, condition)
        is_form_t |= condition == FORM_T
        is_odd_lot |= condition == ODD_LOT
        unknown[again] += not is_known(rules, condition)
    return effect(flags, is_form_t, is_odd_lot, in_regular_session)
