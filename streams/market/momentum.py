"""How fast a price moves, in dollars per minute, and against the ticker's own usual move of a minute.

"Running up" is Trade Ideas' name for a stepwise move in one direction within about a minute, in dollars per minute
scaled by the stock's own volatility; its formula is not published. Here the usual move of a minute is the average true
range spread over the 390 minutes of a regular session as a random walk would spread it: atr / square root of 390.
"""

from typing import Final

import numpy as np

from schemas.compiled import compiled_in_place

MINUTE_SECONDS: Final = 60.0
REGULAR_MINUTES: Final = 390.0


@compiled_in_place
def momentum(price: float, earlier: float, seconds: int) -> float:
    """Return the move from the price that stood ``seconds`` ago, in dollars per minute; NaN where either is none."""
    return (price - earlier) * MINUTE_SECONDS / seconds


@compiled_in_place
def usual_move(atr: float) -> float:
    """Return the usual move of a minute in dollars, given the average true range; NaN where that is none or 0."""
    return atr / np.sqrt(REGULAR_MINUTES) if atr > 0.0 else np.nan


@compiled_in_place
def running(speed: float, atr: float) -> float:
    """Return a momentum in usual moves of a minute; NaN where either is undefined."""
    return speed / usual_move(atr)
