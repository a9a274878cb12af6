"""Typed records say exactly what the Avro schemas say."""

import json
import types
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

import schemas
from schemas.codec import AVRO_FOLDER, SCHEMA_FILES
from schemas.records import Aggregate, Clock, Reason

PYTHON_TYPES: Final = {
    "string": str,
    "int": int,
    "long": int,
    "double": float,
    "boolean": bool,
    "bytes": bytes,
}


def python_type(avro: Any) -> Any:  # noqa: ANN401 - JSON of any shape in, an annotation out
    """Return the annotation that stands for an Avro type."""
    if isinstance(avro, list):
        null, other = avro
        assert null == "null"
        return python_type(other) | None
    if isinstance(avro, dict):
        assert avro["type"] == "array"
        return types.GenericAlias(tuple, (python_type(avro["items"]), ...))
    return PYTHON_TYPES[avro]


def load(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return a record's schema as it stands in its file."""
    schema: dict[str, Any] = json.loads((AVRO_FOLDER / f"{SCHEMA_FILES[kind]}.avsc").read_text(encoding="utf-8"))
    return schema


def test_every_schema_has_a_record() -> None:
    """No ``.avsc`` lies about unused."""
    assert {path.stem for path in AVRO_FOLDER.glob("*.avsc")} == set(SCHEMA_FILES.values())
    assert Path(schemas.__file__).parent / "avro" == AVRO_FOLDER


@pytest.mark.parametrize("kind", SCHEMA_FILES, ids=lambda kind: kind.__name__)
class TestAgainstSchema:
    """Each record type and its schema."""

    def test_name(self, kind: type[msgspec.Struct]) -> None:
        """The record has the schema's name, and its file is that name in snake case."""
        assert load(kind)["name"] == kind.__name__
        assert load(kind)["namespace"] == "tickerboard"
        assert SCHEMA_FILES[kind].replace("_", "") == kind.__name__.lower()

    def test_fields(self, kind: type[msgspec.Struct]) -> None:
        """Fields have the same names, in the same order, and the types that stand for the schema's."""
        fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
        in_schema = {field["name"]: python_type(field["type"]) for field in load(kind)["fields"]}

        assert list(fields) == list(in_schema)
        assert fields == in_schema

    def test_defaults(self, kind: type[msgspec.Struct]) -> None:
        """A field has a default where the schema has one, and the same."""
        defaults = {f.name: f.default for f in msgspec.structs.fields(kind) if f.default is not msgspec.NODEFAULT}
        in_schema = {field["name"]: field["default"] for field in load(kind)["fields"] if "default" in field}

        assert defaults == {name: () if default == [] else default for name, default in in_schema.items()}

    def test_first_branch_is_the_default(self, kind: type[msgspec.Struct]) -> None:
        """Avro wants the default of a union to be of its first branch."""
        unions = [field for field in load(kind)["fields"] if isinstance(field["type"], list)]

        assert all(field["type"][0] == "null" and field["default"] is None for field in unions)


def test_records_cannot_be_changed() -> None:
    """What was received stays as it was received."""
    clock = Clock(event_time=1, received_time=2)

    with pytest.raises(AttributeError):
        clock.event_time = 3  # type: ignore[misc]


def test_fields_are_named() -> None:
    """Records are built by field name only: prices cannot be mistaken for one another."""
    with pytest.raises(TypeError):
        Aggregate("A", 1000, 0, 1.0, 1.0, 1.0, 1.0, 0.0)  # type: ignore[call-arg]


def test_reasons_are_their_names() -> None:
    """A reason is written as its name in small letters."""
    assert [reason.value for reason in Reason] == [reason.name.lower() for reason in Reason]
