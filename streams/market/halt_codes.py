"""Reason codes of trading halts, in words, and the numbers that kernels use for them.

Source: the halt codes of ``docs`` (LUDP to H11), for the others the list on nasdaqtrader.com as quoted by others, which
has not been confirmed. A code that is not listed is shown as it is: its first eight characters are kept as a number.
"""

from typing import Final, NamedTuple

from schemas.compiled import compiled_in_place
from streams.market.ticker_index import Bytes


class HaltCode(NamedTuple):
    """A reason code and its words."""

    code: str
    words: str


HALT_CODES: Final = (
    HaltCode("", "reason not told"),
    HaltCode("LUDP", "volatility pause"),
    HaltCode("LUDS", "volatility pause, straddle state"),
    HaltCode("M", "volatility pause"),
    HaltCode("T5", "single-stock trading pause"),
    HaltCode("T1", "news pending"),
    HaltCode("T2", "news released"),
    HaltCode("T3", "resumption times announced"),
    HaltCode("T6", "extraordinary market activity"),
    HaltCode("T7", "single-stock trading pause, quoting only"),
    HaltCode("T8", "exchange-traded fund halted"),
    HaltCode("T12", "additional information requested"),
    HaltCode("H4", "non-compliance with listing requirements"),
    HaltCode("H9", "filings not current"),
    HaltCode("H10", "trading suspended by the SEC"),
    HaltCode("H11", "regulatory concern"),
    HaltCode("D", "security deleted"),
    HaltCode("O1", "operations halt"),
    HaltCode("M1", "corporate action"),
    HaltCode("M2", "quotation not available"),
    HaltCode("MWC0", "market-wide circuit breaker, carried over from the day before"),
    HaltCode("MWC1", "market-wide circuit breaker, level 1"),
    HaltCode("MWC2", "market-wide circuit breaker, level 2"),
    HaltCode("MWC3", "market-wide circuit breaker, level 3"),
    HaltCode("MWCQ", "market-wide circuit breaker, resumption"),
    HaltCode("IPO1", "initial public offering, not yet trading"),
    HaltCode("IPOQ", "initial public offering, released for quotation"),
    HaltCode("IPOE", "initial public offering, positioning window extended"),
    HaltCode("R1", "new issue available"),
    HaltCode("R2", "issue available"),
    HaltCode("R4", "qualifications reviewed, trading to resume"),
    HaltCode("R9", "filings satisfied, trading to resume"),
    HaltCode("C3", "news not forthcoming, trading to resume"),
    HaltCode("C4", "qualifications halt ended, trading to resume"),
    HaltCode("C9", "qualifications halt concluded, trading to resume"),
    HaltCode("C11", "halt concluded by another regulator, trading to resume"),
)
"""By number; the changelog holds these numbers, so new codes go to the end."""

UNKNOWN: Final = 0
"""Number of a reason that is not told, or not listed."""
PAUSE: Final = 1
"""Number of ``LUDP``."""
LAST_PAUSE: Final = 4
"""Numbers from ``PAUSE`` to this one are volatility pauses, which last five minutes or some times as long."""
KEPT_BYTES: Final = 8
SEVEN_BITS: Final = 0x7F


def packed(code: str) -> int:
    """Return the first eight characters of a code as a number."""
    return int.from_bytes(bytes(byte & SEVEN_BITS for byte in code.encode()[:KEPT_BYTES]))


PACKED: Final = tuple(packed(each.code) for each in HALT_CODES)


@compiled_in_place
def pack(text: Bytes, start: int, length: int) -> int:
    """Return the first eight bytes of ``text[start:start + length]`` as a number; 0 where there is none."""
    number = 0
    for index in range(start, start + min(length, KEPT_BYTES)):
        number = number << 8 | (int(text[index]) & SEVEN_BITS)
    return number


@compiled_in_place
def number_of(code: int) -> int:
    """Return the number of a packed code; ``UNKNOWN`` where it is not listed."""
    for number in range(len(PACKED)):
        if PACKED[number] == code:
            return number
    return UNKNOWN


@compiled_in_place
def is_pause(number: int) -> bool:
    """Return whether a reason is a volatility pause."""
    return PAUSE <= number <= LAST_PAUSE


def code_of(code: int) -> str:
    """Return a packed code as text."""
    return code.to_bytes(KEPT_BYTES).lstrip(b"\0").decode("ascii")


def words_of(code: str) -> str:
    """Return a reason code in words; a code that is not listed is its own."""
    return next((each.words for each in HALT_CODES if each.code == code), code)
