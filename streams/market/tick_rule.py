"""Which side began a trade, by the tick rule: a price above the one before was bought, one below sold.

A trade at an unchanged price is of the side of the last change ("zero tick"); before the first change it has no side.
Source: Lee and Ready, "Inferring Trade Direction from Intraday Data", Journal of Finance 46 (1991): the tick test.
"""

from schemas.compiled import compiled_in_place

BOUGHT, UNSIGNED, SOLD = 1, 0, -1


@compiled_in_place
def sign_of(price: float, last_price: float, last_sign: int) -> int:
    """Return the side of a trade, given the price and side of the one before it (NaN and 0 where there is none)."""
    if price > last_price:
        return BOUGHT
    if price < last_price:
        return SOLD
    return last_sign
