"""Holds messages against the written protocol, ``docs/asyncapi.json``."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
from jsonschema.protocols import Validator

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "asyncapi.json"


@cache
def protocol() -> dict[str, Any]:
    """Return the document."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    return document


@cache
def _validator(operation: str, kind: str) -> Validator:
    """Return what checks messages of one kind, in either direction."""
    document = protocol()
    names = [use["$ref"].rpartition("/")[2] for use in document["operations"][operation]["messages"]]
    field = "type" if operation == "tell" else "action"
    schemas = document["components"]["schemas"]
    fitting = [name for name in names if kind in schemas[name]["properties"][field]["enum"]]
    assert fitting, f"the protocol has no message {kind}"
    chosen = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in fitting]}
    return jsonschema.Draft202012Validator({**chosen, "components": document["components"]})


def check_frame(message: Mapping[str, Any]) -> None:
    """Raise ``ValidationError`` for a message that the protocol does not let a gateway send."""
    _validator("tell", message["type"]).validate(message)


def check_request(message: Mapping[str, Any]) -> None:
    """Raise ``ValidationError`` for a message that the protocol does not let a client send."""
    _validator("ask", message["action"]).validate(message)
