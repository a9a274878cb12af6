"""The FastAPI application of the gateway."""

from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from fastapi import FastAPI, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api import alerts, layout_routes, scan_routes, socket
from api.gateway import Gateway
from api.guard import Guard
from api.problems import problem, response_to
from api.refusals import Code, Refusal
from api.routes import router
from api.settings import Settings
from api.store.database import StoreError

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
COMPRESSED_FROM_BYTES: Final = 1000
UNBUILT: Final = "The page has not been built: run `npm ci && npm run build` in api/dashboard.\n"


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the gateway: ``/ws``, REST, and the page; it connects to Redis when started."""
    gateway = Gateway(settings or Settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with gateway.running():
            yield

    app = FastAPI(
        title="tickerboard",
        summary="Live boards of the whole US stock market",
        version="1",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere, which the policy forbids
        redoc_url=None,
    )
    app.state.gateway = gateway
    app.add_middleware(Guard, access=gateway.entrance.access, per_second=gateway.settings.requests_per_second)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM_BYTES)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=gateway.entrance.access.origins,
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=("authorization", "content-type", "if-none-match"),
        expose_headers=("etag",),
    )
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _failed)
    app.include_router(router)
    app.include_router(alerts.router)
    app.include_router(scan_routes.router)
    app.include_router(layout_routes.router)
    app.add_api_websocket_route("/ws", _websocket)
    _add_page(app, gateway.settings.dashboard)
    return app


class SecurityHeaders:
    """Adds the same headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the headers added where the answer starts."""

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


class Revalidated(StaticFiles):
    """Files whose names stay while they change: browsers keep them, but ask each time whether they still hold."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 (passed on as they come)
        """Forbid use without asking."""
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "no-cache"
        return response


def _add_page(app: FastAPI, folder: Path) -> None:
    async def page() -> Response:
        index = folder / "index.html"
        if not index.is_file():
            return PlainTextResponse(UNBUILT, status_code=503)
        return FileResponse(index, headers={"cache-control": "no-cache"})

    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/static", Revalidated(directory=folder, check_dir=False), name="static")


async def _websocket(websocket: WebSocket) -> None:
    gateway = Gateway.of(websocket)
    gateway.hurry()
    await socket.serve(websocket, gateway.hub, gateway.heartbeat, gateway.entrance, gateway.scan)


async def _refused(_: Request, raised: Exception) -> Response:
    return response_to(cast("Refusal", raised))


async def _unavailable(_: Request, raised: Exception) -> Response:
    return response_to(Refusal(Code.STORE_UNAVAILABLE, str(raised)))


async def _invalid(_: Request, raised: Exception) -> Response:
    first = cast("RequestValidationError", raised).errors()[0]
    return problem(422, "invalid", f"{'.'.join(map(str, first['loc']))}: {first['msg']}", first.get("input"))


async def _failed(_: Request, raised: Exception) -> Response:
    failure = cast("HTTPException", raised)
    return problem(failure.status_code, "http_error", str(failure.detail), None)
