"""The metrics made of trades: the bars carry no count and come late."""

from typing import Final

from schemas.metric import Metric, Unit

TRADES: Final = "trades"
NO_TRADE: Final = "no trade yet today"
COUNTED: Final = "trades that carry volume"


def _momentum(seconds: int) -> Metric:
    """Return how fast the price moved in the last seconds."""
    return Metric(
        f"momentum_{seconds}s",
        Unit.DOLLARS_PER_MINUTE,
        f"last_trade_price against the newest price that stood {seconds} s ago, per minute",
        TRADES,
        f"no price {seconds} s ago",
    )


def _running(seconds: int) -> Metric:
    """Return how fast the price moved by the ticker's own measure."""
    return Metric(
        f"running_{seconds}s",
        Unit.RATIO,
        f"momentum_{seconds}s / (atr / square root of 390): in the ticker's own usual moves of a minute",
        f"momentum_{seconds}s, atr",
        "no momentum, or no atr",
        "Trade Ideas (running up), without its formula",
    )


TRADE_METRICS: Final = (
    Metric("last_trade_price", Unit.DOLLARS, "newest trade that may set the last price", TRADES, "no such trade today"),
    Metric("last_trade_time", Unit.TIME, "time of that trade", TRADES, "no such trade today"),
    Metric("trades", Unit.TRADES, f"{COUNTED} since 04:00", TRADES, NO_TRADE),
    Metric("trade_volume", Unit.SHARES, f"sizes of the {COUNTED} since 04:00", TRADES, NO_TRADE),
    Metric("trades_per_second", Unit.TRADES_PER_SECOND, f"{COUNTED} in the last 60 s / 60", TRADES, NO_TRADE),
    Metric("mean_trade_size", Unit.SHARES, f"mean size of the {COUNTED} in the last 60 s", TRADES, "none in 60 s"),
    Metric("largest_trade_size", Unit.SHARES, f"largest of the {COUNTED} in the last 60 s", TRADES, "none in 60 s"),
    Metric(
        "buy_pressure_pct",
        Unit.PERCENT,
        "(bought - sold) / (bought + sold) x 100 in the last 60 s, told apart by the tick rule",
        TRADES,
        "neither bought nor sold in 60 s",
        "Lee and Ready, 1991 (tick test)",
    ),
    _momentum(20),
    _momentum(60),
    _running(20),
    _running(60),
    Metric("largest_print", Unit.SHARES, f"largest of the {COUNTED} since 04:00", TRADES, NO_TRADE),
    Metric("largest_print_value", Unit.DOLLARS, "its price x size", TRADES, NO_TRADE),
    Metric("largest_print_time", Unit.TIME, "its time", TRADES, NO_TRADE),
    Metric("recent_trades", Unit.TRADES, f"{COUNTED} kept: the last 1,000", TRADES, NO_TRADE),
    Metric("recent_trades_volume", Unit.SHARES, "sum of their sizes", TRADES, NO_TRADE),
    Metric("recent_trades_mean_size", Unit.SHARES, "mean of their sizes", TRADES, NO_TRADE),
    Metric("recent_trades_largest_size", Unit.SHARES, "largest of their sizes", TRADES, NO_TRADE),
    Metric("recent_trades_seconds", Unit.SECONDS, "from the earliest to the latest of them", TRADES, NO_TRADE),
)
