"""Reason codes: words for people, numbers for kernels, and nothing lost of a code that nobody listed."""

import numpy as np
import pytest

from streams.market.halt_codes import (
    HALT_CODES,
    PACKED,
    UNKNOWN,
    code_of,
    is_pause,
    number_of,
    pack,
    packed,
    words_of,
)
from tests.unit.market.builders import uncompiled


@pytest.mark.parametrize("number", range(len(HALT_CODES)))
def test_each_code_has_a_number_and_words(number: int) -> None:
    """From text to number and back, compiled or not, in the middle of other text."""
    code, words = HALT_CODES[number]
    text = np.frombuffer(f"xx{code}yy".encode(), np.uint8)
    found = uncompiled(pack)(text, 2, len(code))

    assert found == pack(text, 2, len(code)) == packed(code)
    assert uncompiled(number_of)(found) == number_of(found) == number
    assert code_of(found) == code
    assert words_of(code) == words


def test_codes_are_distinct() -> None:
    """No two share a number, a code or, packed, a value."""
    assert len({code for code, _ in HALT_CODES}) == len(set(PACKED)) == len(HALT_CODES)


@pytest.mark.parametrize("code", ["X9", "ludp", "LUDP1", "12345678"])
def test_an_unknown_code_is_its_own(code: str) -> None:
    """It has no number, its text stays."""
    assert number_of(packed(code)) == UNKNOWN
    assert code_of(packed(code)) == code
    assert words_of(code) == code


def test_only_eight_characters_are_kept() -> None:
    """Longer codes are cut, and no length makes a known code of an unknown one."""
    text = np.frombuffer(b"ABCDEFGHIJ", np.uint8)

    assert code_of(uncompiled(pack)(text, 0, 10)) == "ABCDEFGH"
    assert uncompiled(pack)(text, 0, 0) == 0
    assert uncompiled(pack)(text, 0, -1) == 0


@pytest.mark.parametrize(
    ("code", "expected"), [("LUDP", True), ("LUDS", True), ("M", True), ("T5", True), ("T1", False)]
)
def test_volatility_pauses_are_told_apart(code: str, expected: bool) -> None:  # noqa: FBT001 - what is expected
    """They end by themselves, other halts do not."""
    assert uncompiled(is_pause)(number_of(packed(code))) == expected


def test_no_reason_is_no_pause() -> None:
    """Nor is a circuit breaker of the whole market, or a code that nobody listed."""
    assert not is_pause(UNKNOWN)
    assert not is_pause(number_of(packed("MWC1")))
