"""What is known before a day, as columns."""

import numpy as np

from schemas.records import Reference
from streams.market.known import FACT_NAMES, FACTS, nothing_known


def test_facts_are_numbers_of_the_reference() -> None:
    """Each has a field of its own in the record, which may be null."""
    record = Reference(ticker="A", trading_date="2025-01-06")

    assert [getattr(record, name) for name in FACT_NAMES] == [None] * len(FACT_NAMES)
    assert FACTS.names == FACT_NAMES


def test_of_nothing_everything_is_undefined() -> None:
    """NaN for each fact, and no curve, for as many rows as there are."""
    known = nothing_known(3, 7)

    assert known.day_start == 7
    assert len(known.facts) == len(known.curves.first) == 3
    assert all(np.isnan(known.facts[name]).all() for name in FACT_NAMES)
    assert not known.curves.sample_days.any()
    assert len(nothing_known(0).facts) == 0
