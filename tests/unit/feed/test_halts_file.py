"""Files of the halt feed."""

import gzip
from pathlib import Path

import pytest

from streams.feed.halts_file import read_halts_file
from streams.feed.input_error import InputError

FEED = b'<rss version="2.0" xmlns:ndaq="http://www.nasdaqtrader.com/"><channel><item/></channel></rss>'


@pytest.mark.parametrize("data", [FEED, gzip.compress(FEED)])
def test_a_file_may_be_compressed(tmp_path: Path, data: bytes) -> None:
    """What is refused names the file and the line."""
    path = tmp_path / "halts.xml"
    path.write_bytes(data)

    (reject,) = read_halts_file(path).rejects
    assert (reject.source, reject.position) == (str(path), 1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """One line."""
    with pytest.raises(InputError, match="cannot be read"):
        read_halts_file(tmp_path / "halts.xml")
