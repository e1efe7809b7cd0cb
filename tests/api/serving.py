"""A real server, on a real socket, for what cannot be tried inside one process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp, *, root_path: str = "") -> Iterator[str]:
    """The server's address; the application's lifespan is left alone."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, lifespan="off", log_config=None, ws="none", root_path=root_path,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        server.should_exit = True
        thread.join(10)


def _port(server: uvicorn.Server, patience: float = 20.0) -> int:
    until = time.monotonic() + patience
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.01)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
