"""Massive's stock events as they come over its WebSocket, field by field (names are the vendor's)."""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct, field

INT32: Final = 2**31
INT64: Final = 2**63

Small: TypeAlias = Annotated[int, Meta(ge=-INT32, lt=INT32)]
Whole: TypeAlias = Annotated[int, Meta(ge=-INT64, le=INT64 - 1)]


class BarEvent(Struct, gc=False):
    """What ``A`` and ``AM`` have in common; prices in dollars, times in ms."""

    sym: str
    v: float
    o: float
    c: float
    h: float
    l: float  # noqa: E741 - the vendor's name
    s: Whole
    e: Whole
    dv: str | None = None
    """``v`` with its fraction: ``v`` itself is rounded."""
    vw: float | None = None
    z: float | None = None
    av: float | None = None
    dav: str | None = None
    op: float | None = None
    a: float | None = None
    otc: bool = False


class SecondBar(BarEvent, tag_field="ev", tag="A", gc=False):
    """A bar of a second."""


class MinuteBar(BarEvent, tag_field="ev", tag="AM", gc=False):
    """A bar of a minute."""


class TradeEvent(Struct, tag_field="ev", tag="T"):
    """A print; ``ds`` is the size with its fraction."""

    sym: str
    p: float
    s: float
    t: Whole
    x: Small | None = None
    z: Small | None = None
    i: str | Whole | None = None
    ds: str | None = None
    c: list[Small] | None = None
    q: Whole | None = None


class QuoteEvent(Struct, tag_field="ev", tag="Q"):
    """The best bid and offer; ``c`` is one condition, ``i`` indicators, ``t`` in ms."""

    sym: str
    t: Whole
    bp: float | None = None
    bs: float | None = None
    ap: float | None = None
    as_: float | None = field(default=None, name="as")
    bx: Small | None = None
    ax: Small | None = None
    c: Small | list[Small] | None = None
    z: Small | None = None
    q: Whole | None = None


class LimitEvent(Struct, tag_field="ev", tag="LULD"):
    """Price bands or an indicator; the symbol is in ``T``, ``t`` in ms, µs or ns."""

    T: str
    t: Whole
    h: float | None = None
    l: float | None = None  # noqa: E741 - the vendor's name
    i: list[Small] | None = None
    z: Small | None = None
    q: Whole | None = None


class Status(Struct, tag_field="ev", tag="status"):
    """What the server says of the connection, a key or a subscription."""

    status: str
    message: str = ""


Event: TypeAlias = SecondBar | MinuteBar | TradeEvent | QuoteEvent | LimitEvent | Status
