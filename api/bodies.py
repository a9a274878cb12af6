"""Bodies of REST requests: JSON objects, of a bounded length."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import Request

from api.refusals import Code, Refusal

NAME_CHARACTERS: Final = 100


async def json_object(request: Request, longest: int) -> Mapping[str, Any]:
    """Return the body of a request, ``longest`` bytes at most; raise ``Refusal`` if it is no JSON object."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise Refusal(Code.TOO_LARGE, f"the body has {longest:,} bytes at most")
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise Refusal(Code.BAD_JSON, f"not JSON: {problem}", bytes(body)) from None
    if not isinstance(found, dict):
        raise Refusal(Code.NOT_AN_OBJECT, "the body is a JSON object", found)
    return found


def printable_name(given: object) -> str:
    """Return a name that somebody gives to something of theirs; raise ``Refusal`` if it cannot be one."""
    if not isinstance(given, str) or not given.isprintable() or not 1 <= len(given) <= NAME_CHARACTERS:
        raise Refusal(Code.BAD_NAME, f"a name is a text of 1 to {NAME_CHARACTERS} printable characters", given)
    return given
