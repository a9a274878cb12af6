"""Schemas only ever grow: what any released one wrote, today's reads.

``released/`` holds every schema that was ever in use, as ``name-N.avsc``. To change a schema, change it in
``schemas/avro``, run these tests, and when they agree copy it to the next number and add its fingerprint here.
"""

import copy
import io
import json
import random
from pathlib import Path
from typing import Any, Final

import fastavro
import pytest
from fastavro.schema import to_parsing_canonical_form
from fastavro.utils import generate_one

from schemas.codec import SCHEMA_FILES, Codec, fingerprint_of, schema_of
from schemas.records import Aggregate
from tests.support.avro import crc_64_avro, incompatibility

RELEASED: Final = sorted((Path(__file__).parent / "released").glob("*.avsc"))

FINGERPRINTS: Final = {
    "aggregate-1": 0x654C734934EDFB21,
    "alert-1": 0x53CDF89A392D5C5A,
    "clock-1": 0x0EC4FF09B9247EFB,
    "dead_letter-1": 0x77EE2F2B7FAC6D5B,
    "halt-1": 0xC7D44C25A172281C,
    "limit_band-1": 0xA0F057DBF89CACFA,
    "quote-1": 0xBC4F8177C09E5734,
    "reference-1": 0x5873D40E9E79F910,
    "reference-2": 0x16A7E594F21CA1C7,
    "trade-1": 0x00BEAB31FBFAF229,
    "trade_condition-1": 0xA78F44B463E32DDC,
    "volume_curve-1": 0x5D9BAD214B74C548,
}
"""CRC-64-AVRO of the canonical form of each released schema: a release is never edited."""

KINDS: Final = {file: kind for kind, file in SCHEMA_FILES.items()}


def load(path: Path) -> dict[str, Any]:
    """Return a schema as it stands in its file."""
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def fingerprint(schema: dict[str, Any]) -> int:
    """Return the number by which the single-object encoding names a schema."""
    return crc_64_avro(to_parsing_canonical_form(schema))


@pytest.fixture(autouse=True)
def _same_samples() -> None:
    """Draw the same samples each time."""
    random.seed(20250106)


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_releases_are_never_edited(path: Path) -> None:
    """A released schema keeps its fingerprint for good."""
    assert fingerprint(load(path)) == FINGERPRINTS[path.stem]


def test_every_release_is_there() -> None:
    """No release is deleted: its data may still be in a topic."""
    assert {path.stem for path in RELEASED} == set(FINGERPRINTS)


@pytest.mark.parametrize("kind", SCHEMA_FILES, ids=lambda kind: kind.__name__)
def test_what_is_in_use_is_released(kind: type) -> None:
    """Today's schema is the last released one of its record; after a change it is released under the next number."""
    releases = [stem.rpartition("-") for stem in FINGERPRINTS]
    last = max(int(number) for name, _, number in releases if name == SCHEMA_FILES[kind])

    assert int.from_bytes(fingerprint_of(kind), "little") == FINGERPRINTS[f"{SCHEMA_FILES[kind]}-{last}"]


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_today_reads_what_was_written(path: Path) -> None:
    """Every record that a released schema wrote is read by today's, with its values."""
    assert incompatibility(load(path), schema_of(KINDS[path.stem.rpartition("-")[0]])) is None


@pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
def test_the_codec_decodes_what_was_written(path: Path) -> None:
    """A message framed under a released schema is decoded, not only readable in principle."""
    schema = fastavro.parse_schema(load(path))
    buffer = io.BytesIO()
    buffer.write(b"\xc3\x01" + FINGERPRINTS[path.stem].to_bytes(8, "little"))
    fastavro.schemaless_writer(buffer, schema, generate_one(schema))

    assert type(Codec().decode(buffer.getvalue())) is KINDS[path.stem.rpartition("-")[0]]


class TestChecker:
    """The checker itself: it lets schemas grow, and refuses what would lose data."""

    @pytest.fixture
    def changed(self) -> dict[str, Any]:
        """Return a copy of today's schema of bars, to be changed."""
        return copy.deepcopy(schema_of(Aggregate))

    def field(self, schema: dict[str, Any], name: str) -> dict[str, Any]:
        """Return a field of a schema."""
        found: dict[str, Any]
        (found,) = (field for field in schema["fields"] if field["name"] == name)
        return found

    def test_new_field_with_a_default(self, changed: dict[str, Any]) -> None:
        """A field may be added if it has a default."""
        changed["fields"].append({"name": "venue", "type": ["null", "string"], "default": None})

        assert incompatibility(schema_of(Aggregate), changed) is None

    def test_wider_type(self, changed: dict[str, Any]) -> None:
        """A type may become wider: an int is read as a long, a double as a double that may be null."""
        self.field(changed, "interval_ms")["type"] = "long"
        self.field(changed, "volume")["type"] = ["null", "double"]

        assert incompatibility(schema_of(Aggregate), changed) is None

    def test_new_field_without_a_default(self, changed: dict[str, Any]) -> None:
        """A field without a default cannot be read from older data."""
        changed["fields"].append({"name": "venue", "type": "string"})

        assert incompatibility(schema_of(Aggregate), changed)

    @pytest.mark.parametrize(
        ("name", "narrow"),
        [("ticker", "int"), ("start_time", "int"), ("volume", "long"), ("transactions", "long"), ("otc", "string")],
    )
    def test_narrower_type(self, changed: dict[str, Any], name: str, narrow: str) -> None:
        """A type may not become narrower, nor stop being nullable."""
        self.field(changed, name)["type"] = narrow
        self.field(changed, name).pop("default", None)

        assert incompatibility(schema_of(Aggregate), changed)

    def test_renamed_field(self, changed: dict[str, Any]) -> None:
        """A new name is a field lost and another added, even where the new one has a default."""
        self.field(changed, "vendor_open")["name"] = "official_open"

        assert incompatibility(schema_of(Aggregate), changed) == "fields were taken away: vendor_open"

    def test_field_taken_away(self, changed: dict[str, Any]) -> None:
        """A field may not disappear."""
        changed["fields"].remove(self.field(changed, "otc"))

        assert incompatibility(schema_of(Aggregate), changed) == "fields were taken away: otc"
