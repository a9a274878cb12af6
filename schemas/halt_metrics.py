"""The metrics made of halts and price bands."""

from typing import Final

from schemas.metric import Metric, Unit

HALTS: Final = "halts"
NO_BANDS: Final = "no bands told in this regular session"
LULD: Final = "limit-up limit-down plan"

HALT_METRICS: Final = (
    Metric(
        "halted", Unit.FLAG, "1 while trading is halted or only quoting has resumed", HALTS, "no halt ever heard of"
    ),
    Metric("halt_time", Unit.TIME, "when the newest halt began", HALTS, "no halt ever heard of"),
    Metric("resume_time", Unit.TIME, "when trading resumes or next may", HALTS, "not halted, or not announced"),
    Metric("halts_today", Unit.HALTS, "halts that began since 04:00", HALTS, "nothing heard of the ticker today"),
    Metric("limit_up", Unit.DOLLARS, "upper price band", HALTS, NO_BANDS, LULD),
    Metric("limit_down", Unit.DOLLARS, "lower price band", HALTS, NO_BANDS, LULD),
    Metric("limit_up_distance_pct", Unit.PERCENT, "(limit_up - price) / price x 100", "limit_up, price", NO_BANDS),
    Metric(
        "limit_down_distance_pct", Unit.PERCENT, "(limit_down - price) / price x 100", "limit_down, price", NO_BANDS
    ),
)
