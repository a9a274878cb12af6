"""Price bands of the limit-up limit-down plan: how far a price may go from its reference price, tier by tier.

Source: luldplan.com and the plan's Appendix A as amended by Amendment 18 (SEC release 34-85623, in force since
2020-02-24), which ended the doubling after the open, and that of Tier 2 above $3 before the close. The percentage goes
by the previous close on the listing exchange, and is applied to the reference price, the mean of the last five minutes:

=============== ====================== ====================== =================================
previous close  Tier 1                 Tier 2                 in the last 25 minutes
=============== ====================== ====================== =================================
above $3        5 %                    10 %                   doubled for Tier 1 only
$0.75 to $3     20 %                   20 %                   doubled; both edges belong here
below $0.75     $0.15 or 75 %, whichever is less              doubled
=============== ====================== ====================== =================================

Estimates: bands are rounded to the nearest penny, halves away from zero, for stocks below $1 too; a lower band below a
penny is none. The bands that the tape tells are what is shown; these serve tickers for which it tells none.
"""

from typing import Final, NamedTuple

import numpy as np

from schemas.compiled import compiled_in_place
from streams.market.gap import percent_change
from streams.market.session import TradingDay

TIER_1, TIER_2 = 1, 2
HIGHER: Final = 3.0
"""Dollars: a previous close above this one is in the highest price band."""
LOWER: Final = 0.75
"""Dollars: a previous close below this one is in the lowest."""
SHARE_TIER_1: Final = 0.05
SHARE_TIER_2: Final = 0.10
SHARE_BETWEEN: Final = 0.20
SHARE_LOW: Final = 0.75
DOLLARS_LOW: Final = 0.15
DOUBLED_MS: Final = 25 * 60_000
"""How long before the close of the regular session, on half days too, bands are doubled."""
PENNY: Final = 0.01
ROUNDING: Final = 1e-6
"""Pennies by which a half may miss being one in binary."""


class LimitBands(NamedTuple):
    """Bands in dollars; ``None`` where there is no such band."""

    low: float | None
    high: float | None


@compiled_in_place
def is_doubled(previous_close: float, tier: int, time: int, closes: int) -> bool:
    """Return whether bands are doubled at ``time`` (ms) of a regular session that ends at ``closes``."""
    return closes - DOUBLED_MS <= time < closes and (tier == TIER_1 or previous_close <= HIGHER)


@compiled_in_place
def band_width(reference_price: float, previous_close: float, tier: int, factor: float) -> float:
    """Return the dollars by which a price may differ from the reference price; ``factor`` is 2 where it is doubled."""
    if previous_close > HIGHER:
        return factor * (SHARE_TIER_1 if tier == TIER_1 else SHARE_TIER_2) * reference_price
    if previous_close >= LOWER:
        return factor * SHARE_BETWEEN * reference_price
    return factor * min(DOLLARS_LOW, SHARE_LOW * reference_price)


@compiled_in_place
def to_penny(price: float) -> float:
    """Return a price of 0 or more, rounded to the nearest penny, halves up."""
    pennies: float = np.floor(price / PENNY + 0.5 + ROUNDING)
    return pennies / 100.0


@compiled_in_place
def distance_pct(limit: float, price: float) -> float:
    """Return (limit - price) / price x 100: above 0 for the upper band; undefined where either is."""
    return percent_change(limit, price)


@compiled_in_place
def width_pct(price: float, previous_close: float, tier: float, time: int, closes: int) -> float:
    """Return by how many percent a band may differ from the reference price, for which ``price`` stands.

    ``time`` (ms) is in a regular session that ends at ``closes``. Undefined (NaN) where the tier or a price is.
    """
    if not (price > 0.0 and previous_close > 0.0 and tier > 0.0):
        return np.nan
    factor = 2.0 if is_doubled(previous_close, int(tier), time, closes) else 1.0
    return band_width(price, previous_close, int(tier), factor) / price * 100.0


def bands(reference_price: float, previous_close: float, tier: int, time: int, day: TradingDay) -> LimitBands | None:
    """Return the bands about a reference price at ``time`` (ms); ``None`` outside the regular session.

    Prices are in dollars; where one of them is not above 0 there are no bands. Raises ``ValueError`` for another tier.
    """
    if tier not in {TIER_1, TIER_2}:
        message = f"tier {tier}: the plan has tiers 1 and 2"
        raise ValueError(message)
    if not day.open <= time < day.close or not (reference_price > 0 and previous_close > 0):
        return None
    factor = 2.0 if is_doubled(previous_close, tier, time, day.close) else 1.0
    width = band_width(reference_price, previous_close, tier, factor)
    low = reference_price - width
    return LimitBands(to_penny(low) if low >= PENNY else None, to_penny(reference_price + width))
