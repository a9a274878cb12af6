"""Invented tickers in every shape that real ones have, the ones that software trips over included."""

from typing import Final

from streams.feed.market_random import key_of, uniforms

AWKWARD: Final = ("BRK.B", "ABRpD", "NA", "NAN", "TRUE", "GOOGL", "A", "NULL", "INF", "ACHR.WS", "E", "FALSE")
"""Text that a careless reader takes for a missing value, a boolean, a number, or refuses."""
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LENGTHS: Final = ((0.005, 1), (0.03, 2), (0.4, 3), (0.9, 4), (1.0, 5))
"""Share of tickers up to a length, and the length."""
SUFFIXES: Final = ((0.02, ".A"), (0.04, ".B"), (0.06, ".WS"), (0.07, ".U"), (0.09, "pA"), (0.1, "pC"), (0.11, "pD"))
LONGEST_STEM: Final = 4
LETTERS_AT_MOST: Final = 5


def symbols(seed: int, count: int) -> tuple[str, ...]:
    """Return ``count`` distinct tickers in code-point order; the awkward ones come first into a small market."""
    found = dict.fromkeys(AWKWARD[:count])
    attempt = 0
    while len(found) < count:
        found[_symbol(seed, attempt)] = None
        attempt += 1
    return tuple(sorted(found))


def _symbol(seed: int, attempt: int) -> str:
    shape, ending, *letters = uniforms(key_of(seed, 51, attempt), 2 + LETTERS_AT_MOST)
    suffix = next((text for share, text in SUFFIXES if ending < share), "")
    length = next(length for share, length in LENGTHS if shape < share)
    length = min(length, LONGEST_STEM) if suffix else length
    return "".join(LETTERS[int(letter * len(LETTERS))] for letter in letters[:length]) + suffix
