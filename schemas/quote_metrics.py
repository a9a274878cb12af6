"""The metrics made of quotes."""

from typing import Final

from schemas.metric import Metric, Unit

QUOTES: Final = "quotes"
NO_QUOTE: Final = "no quote today"
ONE_SIDE: Final = "no quote today, or bid or ask missing in it"

QUOTE_METRICS: Final = (
    Metric("bid", Unit.DOLLARS, "best bid of the newest quote", QUOTES, f"{NO_QUOTE}, or no bid in it"),
    Metric("ask", Unit.DOLLARS, "best offer of the newest quote", QUOTES, f"{NO_QUOTE}, or no offer in it"),
    Metric(
        "spread",
        Unit.DOLLARS,
        "ask - bid as quoted: 0 in a locked market, below 0 in a crossed one",
        "bid, ask",
        ONE_SIDE,
    ),
    Metric("spread_bps", Unit.BASIS_POINTS, "spread / ((bid + ask) / 2) x 10,000", "bid, ask", ONE_SIDE),
)
