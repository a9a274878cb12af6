"""Why the text of an expression is refused."""

from enum import StrEnum, auto


class ErrorCode(StrEnum):
    """What is wrong with an expression, for programs."""

    SYNTAX = auto()
    TOO_LONG = auto()
    TOO_DEEP = auto()
    NOT_ALLOWED = auto()
    UNKNOWN_NAME = auto()
    NOT_A_CONDITION = auto()
    NOT_A_NUMBER = auto()


class ExpressionError(ValueError):
    """An expression that cannot be: ``code`` for programs, the message for people, and what is at fault."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        value: str | None = None,
        position: int | None = None,
        near: tuple[str, ...] = (),
    ) -> None:
        """Keep what is known of the fault.

        ``value`` is the offending part of the text, ``position`` its first character (from 0), ``near`` the names that
        resemble an unknown one, the nearest first.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.value = value
        self.position = position
        self.near = near
