"""Answers on disk: found again as they were, none of another address, damaged ones as if not there."""

import os
from pathlib import Path
from typing import Final

import pytest

from schemas.clock import now_ms
from streams.feed.input_error import InputError
from streams.feed.massive_rest_cache import KEPT_MS, Cache
from streams.feed.massive_rest_protocol import Request

BASE: Final = "https://api.example.test"
REQUEST: Final = Request.of("/v3/x", {"limit": 5})


def age(folder: Path, milliseconds: int) -> None:
    """Make every file in a folder so old."""
    for file in folder.rglob("*"):
        os.utime(file, (0, (now_ms() - milliseconds) / 1000))


def test_an_answer_is_found_again(tmp_path: Path) -> None:
    """By another process too, and not by another request or for another address."""
    Cache(tmp_path, BASE).write(REQUEST, b'{"a": 1}', settled=False)
    cache = Cache(tmp_path, BASE)

    assert cache.read(REQUEST) == b'{"a": 1}'
    assert cache.read(Request.of("/v3/x", {"limit": 6})) is None
    assert Cache(tmp_path, "http://127.0.0.1:1").read(REQUEST) is None


def test_what_may_change_expires(tmp_path: Path) -> None:
    """After twelve hours; what is settled never does."""
    settled = Request.of("/v2/aggs/2025-01-03")
    cache = Cache(tmp_path, BASE)
    cache.write(REQUEST, b"1", settled=False)
    cache.write(settled, b"2", settled=True)
    age(tmp_path, KEPT_MS + 1000)

    assert cache.read(REQUEST) is None
    assert cache.read(settled) == b"2"
    Cache(tmp_path, BASE)
    assert len([file for file in tmp_path.rglob("*") if file.is_file()]) == 1


def test_a_damaged_answer_is_none(tmp_path: Path) -> None:
    """Half a file, or none of ours: asked again."""
    cache = Cache(tmp_path, BASE)
    cache.write(REQUEST, b"1" * 100, settled=False)
    (file,) = (file for file in tmp_path.rglob("*") if file.is_file())
    for content in (file.read_bytes()[:15], b"nonsense"):
        file.write_bytes(content)
        assert cache.read(REQUEST) is None


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """One line that names the option."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"--cache .*file: cannot be used"):
        Cache(tmp_path / "file", BASE)
