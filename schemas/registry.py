"""A schema registry (the Confluent REST interface): gives each record type the id that frames its messages."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

import httpx
import msgspec

from schemas.codec import AVRO_FOLDER, SCHEMA_FILES

TIMEOUT_SECONDS: Final = 10.0
MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class RegistryError(Exception):
    """The registry cannot be reached or refuses a schema; the text is one line for people."""


def subject_of(kind: type[msgspec.Struct]) -> str:
    """Return the subject of a record type: its full name, since a topic may carry several types."""
    return f"tickerboard.{kind.__name__}"


def register(
    url: str, kinds: Iterable[type[msgspec.Struct]] = tuple(SCHEMA_FILES)
) -> Mapping[type[msgspec.Struct], int]:
    """Register the schema of each record type and return the ids; one that is there already keeps its id.

    Raises ``RegistryError`` where the registry does not answer, or refuses a schema that would break its readers.
    """
    ids = {}
    with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, headers={"Content-Type": MEDIA_TYPE}) as client:
        for kind in kinds:
            schema = json.loads((AVRO_FOLDER / f"{SCHEMA_FILES[kind]}.avsc").read_text(encoding="utf-8"))
            body = json.dumps({"schema": json.dumps(schema), "schemaType": "AVRO"})
            try:
                answer = client.post(f"/subjects/{subject_of(kind)}/versions", content=body)
            except httpx.HTTPError as error:
                message = f"the schema registry at {url} does not answer: {error}"
                raise RegistryError(message) from error
            if answer.is_error:
                message = f"the schema registry refuses {subject_of(kind)}: {answer.status_code} {answer.text[:200]}"
                raise RegistryError(message)
            ids[kind] = int(answer.json()["id"])
    return ids
