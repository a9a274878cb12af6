"""The kinds of alerts, as data: what each says, and what its fields hold."""

from typing import Final, NamedTuple


class AlertKind(NamedTuple):
    """One kind of alert."""

    name: str
    title: str
    meaning: str
    """When there is one."""
    level: str = ""
    """What ``level`` holds; empty: nothing."""
    value: str = ""
    """What ``value`` holds."""
    rests: str = ""
    """How soon another one of the ticker can follow."""


COOLDOWN: Final = "after the cooldown (60 s unless set)"
BREAKS: Final = f"{COOLDOWN}, and beyond the last one's price by the increment set; a session's first at once"
MINUTE: Final = "after 60 s, for each length"
ONCE: Final = "once a day for each range"

KINDS: Final = (
    AlertKind(
        "new_high",
        "New high",
        "a bar above every earlier one of its session (not its first)",
        "the high before",
        "",
        BREAKS,
    ),
    AlertKind(
        "new_low",
        "New low",
        "a bar below every earlier one of its session (not its first)",
        "the low before",
        "",
        BREAKS,
    ),
    AlertKind(
        "vwap_cross_up",
        "Crossed above VWAP",
        "the newest bar closes above vwap, the last one that was off it below",
        "vwap",
        "",
        COOLDOWN,
    ),
    AlertKind(
        "vwap_cross_down",
        "Crossed below VWAP",
        "the newest bar closes below vwap, the last one that was off it above",
        "vwap",
        "",
        COOLDOWN,
    ),
    AlertKind(
        "prev_close_cross_up", "Crossed above the close", "likewise, of the previous close", "prev_close", "", COOLDOWN
    ),
    AlertKind(
        "prev_close_cross_down",
        "Crossed below the close",
        "likewise, of the previous close",
        "prev_close",
        "",
        COOLDOWN,
    ),
    AlertKind(
        "opening_range_up",
        "Opening range breakout",
        "the first regular bar above the range of the first 1, 5, 15 or 30 minutes",
        "the range's high",
        "minutes of the range",
        ONCE,
    ),
    AlertKind(
        "opening_range_down",
        "Opening range breakdown",
        "the first regular bar below the range of the first 1, 5, 15 or 30 minutes",
        "the range's low",
        "minutes of the range",
        ONCE,
    ),
    AlertKind(
        "volume_spike",
        "Volume spike",
        "the last five minutes reach 5 times their usual volume, and 10,000 shares; it is over below 2.5 times",
        "usual volume of these five minutes, shares",
        "times the usual",
        COOLDOWN,
    ),
    AlertKind(
        "running_up",
        "Running up",
        "the price rises stepwise within 60 s (20 s) by 2 (3.5) of the ticker's usual moves of a minute",
        "the price before",
        "running_60s or running_20s",
        MINUTE,
    ),
    AlertKind(
        "running_down",
        "Running down",
        "the price falls stepwise within 60 s (20 s) by 2 (3.5) of the ticker's usual moves of a minute",
        "the price before",
        "running_60s or running_20s",
        MINUTE,
    ),
    AlertKind("halted", "Halted", "trading is halted, whoever tells of it first", "pause threshold price"),
    AlertKind("resumed", "Resumed", "trading resumes, or is announced to at the alert's time"),
    AlertKind(
        "entered", "Entered a board", "the ticker now meets the condition of a watched board", "", "the board's metric"
    ),
    AlertKind("left", "Left a board", "the ticker no longer meets it", "", "the board's metric"),
)

KIND_NAMES: Final = tuple(kind.name for kind in KINDS)
