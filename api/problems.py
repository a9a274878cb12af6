"""A refusal as an answer of REST."""

from typing import Final

from fastapi.responses import JSONResponse

from api.refusals import Code, Refusal

STATUSES: Final = {
    Code.UNAUTHORIZED: 401,
    Code.INVALID_KEY: 401,
    Code.MISSING_SCOPE: 403,
    Code.ORIGIN_NOT_ALLOWED: 403,
    Code.TOO_LARGE: 413,
    Code.UNKNOWN_FIELD: 422,
    Code.UNKNOWN_METRIC: 422,
    Code.TOO_MANY_MESSAGES: 429,
    Code.TOO_MANY_SAVED: 429,
    Code.TOO_MANY_SOCKETS: 429,
    Code.STORE_UNAVAILABLE: 503,
}
"""Other codes are 404 where what is asked for is unknown, else 422."""
UNKNOWN: Final = "unknown_"
CHALLENGE: Final = {"www-authenticate": 'Bearer realm="tickerboard"'}


def response_to(refusal: Refusal) -> JSONResponse:
    """Return the answer to a request that was refused."""
    status = STATUSES.get(refusal.code, 404 if refusal.code.startswith(UNKNOWN) else 422)
    return problem(status, refusal.code, refusal.message, refusal.value, position=refusal.position, near=refusal.near)


def problem(
    status: int,
    code: str,
    message: str,
    value: object,
    *,
    position: int | None = None,
    near: tuple[str, ...] = (),
) -> JSONResponse:
    """Return an answer that says what is wrong; ``position`` and ``near`` only where there is something to say."""
    said: dict[str, object] = {"code": code, "message": message, "value": value}
    if position is not None:
        said["position"] = position
    if near:
        said["near"] = near
    return JSONResponse({"error": said}, status, headers=CHALLENGE if status == 401 else None)  # noqa: PLR2004
