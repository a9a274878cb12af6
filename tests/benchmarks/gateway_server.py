"""The gateway as ``python -m api`` runs it, on a core of its own, and able to say what it holds for its clients."""

import argparse
import fcntl
import sys
import termios

import uvloop
from fastapi import FastAPI

from api.__main__ import listen, rarely_collect_garbage, server
from api.clients import Client
from api.settings import Settings
from api.transport import DirectLink
from tests.benchmarks.gateway_rig import pin, raise_file_limit


def held(client: Client) -> tuple[int, int]:
    """Return how many bytes wait for a client in the process, and in the kernel."""
    assert isinstance(client.link, DirectLink)
    connection = client.link._transport.get_extra_info("socket")
    answer = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4))
    return client.link.waiting(), int.from_bytes(answer, sys.byteorder)


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--redis-url", required=True)
    parser.add_argument("--core", type=int, required=True)
    chosen = parser.parse_args()
    pin(chosen.core)
    raise_file_limit()
    uvicorn = server(Settings(redis_url=chosen.redis_url))
    app = uvicorn.config.app
    assert isinstance(app, FastAPI)

    async def probe() -> dict[str, int]:
        """Tell of the client for whom most waits."""
        clients = app.state.gateway.hub._clients
        process, kernel = max((held(client) for client in clients), key=sum, default=(0, 0))
        return {"clients": len(clients), "process": process, "kernel": kernel}

    app.add_api_route("/probe", probe)
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"listening on {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    rarely_collect_garbage()
    uvloop.run(uvicorn.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
