"""``python -m api.asyncapi``: prints the protocol of ``/ws`` as AsyncAPI 3, made from the types of its messages."""

import inspect
import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from api import event_messages, messages
from api.request_types import REQUESTS

VERSION: Final = "3.0.0"
REFERENCE: Final = "#/components/schemas/{name}"
MODULES: Final = (messages, event_messages)
BASES: Final = (messages.Frame, messages.Data)


def frames() -> list[type[messages.Frame]]:
    """Return the type of every message that a gateway sends."""
    names = {module.__name__ for module in MODULES}
    return [frame for frame in _below(messages.Frame) if frame.__module__ in names and frame not in BASES]


def document() -> dict[str, Any]:
    """Return the document."""
    received, sent = REQUESTS, frames()
    schemas, components = msgspec.json.schema_components([*received, *sent], ref_template=REFERENCE)
    types: list[type] = [*received, *sent]
    named = dict(zip(types, schemas, strict=True))
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "tickerboard",
            "version": "1",
            "description": "Live boards, scans, symbols and events of the US stock market; docs/api.md explains it.",
        },
        "defaultContentType": "application/json",
        "servers": {"gateway": {"host": "127.0.0.1:8000", "protocol": "ws"}},
        "channels": {
            "ws": {
                "address": "/ws",
                "messages": {each.__name__: {"$ref": f"#/components/messages/{each.__name__}"} for each in named},
            }
        },
        "operations": {
            "ask": _operation("receive", received),
            "tell": _operation("send", sent),
        },
        "components": {
            "messages": {each.__name__: _message(each, schema) for each, schema in named.items()},
            "schemas": components,
        },
    }


def _below(base: type[messages.Frame]) -> Iterator[type[messages.Frame]]:
    """Yield every type below another, in the order in which they stand."""
    for frame in base.__subclasses__():
        yield frame
        yield from _below(frame)


def _operation(action: str, types: tuple[type, ...] | list[type[messages.Frame]]) -> dict[str, Any]:
    """Return what the gateway does with messages of some types."""
    used = [{"$ref": f"#/channels/ws/messages/{each.__name__}"} for each in types]
    return {"action": action, "channel": {"$ref": "#/channels/ws"}, "messages": used}


def _message(of: type, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": of.__name__, "summary": (inspect.getdoc(of) or "").partition("\n")[0], "payload": schema}


if __name__ == "__main__":
    print(json.dumps(document(), indent=1))  # noqa: T201 - this is what it is for
