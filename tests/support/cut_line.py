"""A line between a client and a gateway that can be cut and mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Passes bytes on, both ways, while it is whole."""

    def __init__(self, host: str, port: int) -> None:
        """Take where it leads."""
        self._target = (host, port)
        self._whole = True
        self._writers: set[asyncio.StreamWriter] = set()
        self.address = ""

    def cut(self) -> None:
        """End every connection without a word, and take no new one."""
        self._whole = False
        for writer in self._writers:
            writer.transport.abort()

    def lead_to(self, address: str) -> None:
        """Lead new connections to another gateway (``host:port``)."""
        host, _, port = address.partition(":")
        self._target = (host, int(port))

    def mend(self) -> None:
        """Take connections again."""
        self._whole = True

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join a connection with one to the gateway until either ends."""
        if not self._whole:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        ends = {writer, far_writer}
        self._writers |= ends
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))
        self._writers -= ends


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()


@asynccontextmanager
async def line_to(address: str) -> AsyncIterator[Line]:
    """Give a line to a gateway at ``host:port``; ``address`` of it is where clients connect."""
    host, _, port = address.partition(":")
    line = Line(host, int(port))
    server = await asyncio.start_server(line.accept, "127.0.0.1", 0)
    line.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        line.cut()
        server.close()
        await asyncio.sleep(0.05)  # what was aborted closes in the loop's next round
