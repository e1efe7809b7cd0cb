"""The web server of `orario serve`: its socket, its signals, its end."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EACCES, EADDRINUSE
from types import FrameType
from typing import Any

import uvicorn

from orario.cli.addresses import url_of
from orario.cli.exits import Exit, Failure

_BACKLOG = 2048
_OPEN_STREAMS_SECONDS = 3  # how long requests may go on, and live streams hang, after the order to stop
_QUIT_AT_ONCE = 130


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; made before anything else starts, so that a taken port starts nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise Failure(Exit.INVALID, f"ORARIO_HOST is not an address of this machine: {host}") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _refusal(error, host, port) from None
    listener.setblocking(False)
    return listener


def _refusal(error: OSError, host: str, port: int) -> Failure:
    if error.errno == EADDRINUSE:
        return Failure(
            Exit.CONFLICT,
            f"Port {port} is taken on {host}: stop what listens there, or choose another with --port or ORARIO_PORT",
        )
    if error.errno == EACCES:
        return Failure(
            Exit.DENIED, f"Port {port} may not be opened by this user: choose another with --port or ORARIO_PORT"
        )
    return Failure(Exit.INVALID, f"ORARIO_HOST {host}, port {port} cannot be listened on: {error.strerror}")


def address_of(listener: socket.socket) -> str:
    """The URL at which this machine reaches the socket."""
    host, port = listener.getsockname()[:2]
    return url_of(host, port)


class Server(uvicorn.Server):
    """Stops in order at the first signal, at once at the second."""

    def __init__(
        self, app: Any, *, root_path: str, on_started: Callable[[], None], on_stopping: Callable[[], None]
    ) -> None:
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,  # Orario's own log is set up by then
            lifespan="on",
            root_path=root_path,
            timeout_graceful_shutdown=_OPEN_STREAMS_SECONDS,
        )
        super().__init__(config)
        self._on_started, self._on_stopping = on_started, on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stopping()
        await super().shutdown(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Unlike uvicorn's own, this does not raise the signal again at the end: a clean stop exits with 0.
        before = {one: signal.signal(one, self.handle_exit) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def ask_to_stop(self) -> None:
        """As the first signal does; from any thread."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit and sig == signal.SIGINT:
            os._exit(_QUIT_AT_ONCE)  # what runs is found as lost by the next start
        self.should_exit = True
