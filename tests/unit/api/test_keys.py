"""``api.keys``: what a key looks like, and which texts open it."""

import pytest

from api.keys import SCOPES, key_id, new_key

NOW = 1_795_184_940_000


def test_a_key_opens_by_its_text_alone() -> None:
    """Not by another key, a part of it, or anything else."""
    key, text = new_key("desk", ["scans", "boards"], NOW)
    other, other_text = new_key("other", SCOPES, NOW)

    assert (len(text), text[:3], key_id(text)) == (35, "tb_", key.id)
    assert key.opened_by(text, NOW) == key.hash
    for wrong in (
        other_text,
        text[:-1],
        text + "A",
        text[:-1] + "!",
        text.upper(),
        "",
        "tb_",
        text[:11] + other_text[11:],
    ):
        assert key.opened_by(wrong, NOW) is None
    assert key.scopes == ("boards", "scans")
    assert other.opened_by(other_text, NOW)


def test_the_secret_is_not_kept() -> None:
    """And equal secrets would not have equal hashes."""
    key, text = new_key("desk", SCOPES, NOW)

    assert text[11:] not in str(key)
    assert len({new_key("desk", SCOPES, NOW)[0].hash[:32] for _ in range(50)}) == 50


def test_a_rotated_key_opens_by_both_texts_for_a_while() -> None:
    """Then by the new one; the hash that somebody came in with says when it is over."""
    key, old = new_key("desk", SCOPES, NOW)
    rotated, new = key.rotated(1000, NOW)

    assert key_id(new) == key_id(old) == key.id
    assert rotated.opened_by(new, NOW) == rotated.hash
    assert rotated.opened_by(old, NOW + 999) == key.hash
    assert rotated.opened_by(old, NOW + 1000) is None
    assert rotated.still_opened_by(key.hash, NOW + 999)
    assert not rotated.still_opened_by(key.hash, NOW + 1000)
    assert rotated.still_opened_by(rotated.hash, NOW + 10**9)


def test_of_two_rotations_the_first_secret_is_over() -> None:
    """However long its grace was."""
    key, first = new_key("desk", SCOPES, NOW)
    again, second = key.rotated(10**9, NOW)
    last, third = again.rotated(10**9, NOW)

    assert [last.opened_by(text, NOW) is not None for text in (first, second, third)] == [False, True, True]


def test_a_revoked_key_opens_by_nothing() -> None:
    """Neither by the secret before."""
    key, old = new_key("desk", SCOPES, NOW)
    rotated, new = key.rotated(1000, NOW)
    revoked = rotated._replace(revoked=NOW)

    assert revoked.opened_by(old, NOW) is None
    assert revoked.opened_by(new, NOW) is None
    assert not revoked.still_opened_by(rotated.hash, NOW)


@pytest.mark.parametrize("text", ["", "tb_", "x" * 35, "tb_ABCDEFGH" + "a" * 24, "tb_" + "é" * 32])
def test_what_has_not_the_form_of_a_key_names_none(text: str) -> None:
    """It is not looked for."""
    assert key_id(text) is None
