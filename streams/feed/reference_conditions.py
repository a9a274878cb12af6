"""Trade conditions by the consolidated rules of the tapes, for a market without a vendor.

The ids are the vendor's; its endpoint ``/v3/reference/conditions`` is the source for a live feed, and has more of them,
with rules that change. Where the rule for the last price depends on what came before, the strict reading stands here.
"""

from typing import Final

from schemas.records import TradeCondition

ALL: Final = {
    0: "Regular Sale",
    8: "Closing Prints",
    9: "Cross Trade",
    14: "Intermarket Sweep",
    25: "Opening Prints",
    28: "Re-Opening Prints",
}
NOT_LAST: Final = {
    5: "Bunched Sold Trade",
    10: "Derivatively Priced",
    22: "Prior Reference Price",
    29: "Seller",
    30: "Sold Last",
}
VOLUME_ONLY: Final = {
    2: "Average Price Trade",
    7: "Cash Sale",
    12: "Form T",
    13: "Extended Hours (Sold Out Of Sequence)",
    20: "Next Day",
    21: "Price Variation Trade",
    37: "Odd Lot Trade",
}
NOTHING: Final = {15: "Market Center Official Close", 16: "Market Center Official Open"}


def standard_conditions() -> list[TradeCondition]:
    """Return the conditions that decide what a trade counts for, by id."""
    rules = (
        (ALL, (True, True, True)),
        (NOT_LAST, (True, False, True)),
        (VOLUME_ONLY, (False, False, True)),
        (NOTHING, (False, False, False)),
    )
    found = [
        TradeCondition(
            condition=condition, name=name, updates_high_low=high_low, updates_last=last, updates_volume=volume
        )
        for names, (high_low, last, volume) in rules
        for condition, name in names.items()
    ]
    return sorted(found, key=lambda record: record.condition)
