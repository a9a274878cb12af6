"""Who may ask by REST: looks at every request under ``/api/`` before any route does."""

from typing import Final, cast

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import Access, Caller, Visitor
from api.meter import Meters
from api.problems import response_to
from api.refusals import Code, Refusal
from schemas.clock import monotonic, now_ms

GUARDED: Final = "/api/"
"""The page, its files, health and ``/openapi.json`` are for everybody."""
HARMLESS: Final = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Lets requests through, with their caller in the state of the request."""

    def __init__(self, app: ASGIApp, access: Access, per_second: float) -> None:
        """Stand before ``app``; each key, and each address but this machine's, may ask ``per_second``."""
        self._app = app
        self._access = access
        self._meters = Meters(per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass, and answer the rest."""
        if scope["type"] == "http" and scope["path"].startswith(GUARDED):
            try:
                caller = self._let_in(scope)
            except Refusal as refusal:
                await response_to(refusal)(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)

    def _let_in(self, scope: Scope) -> Caller:
        visitor = Visitor.of(HTTPConnection(scope))
        if not visitor.is_local:
            self._count(f"address {visitor.address}")
        if scope["method"] not in HARMLESS:
            # Other pages cannot read an answer, yet a browser would let them send one.
            self._access.check_origin(visitor)
        caller = self._access.caller(visitor, now_ms())
        if caller is None:
            raise Refusal(Code.UNAUTHORIZED, "this needs a key, in the header 'Authorization: Bearer tb_…'")
        if caller.owner:
            self._count(f"key {caller.owner}")
        caller.check(scope["path"].removeprefix(GUARDED).partition("/")[0])
        return caller

    def _count(self, name: str) -> None:
        if not self._meters.take(name, monotonic()):
            raise Refusal(Code.TOO_MANY_MESSAGES, "too many requests a second: wait a little")


def caller_of(request: Request) -> Caller:
    """Return who asks."""
    return cast("Caller", request.state.caller)
