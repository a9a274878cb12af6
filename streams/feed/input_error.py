"""Input that cannot be used at all."""

from streams.errors import TickerboardError


class InputError(TickerboardError):
    """A file or an option that cannot be used; the message is one line: what, where, what to do."""
