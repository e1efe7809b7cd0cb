"""A Redis of the tests' own, which keeps what it was told through a restart."""

import signal

from tests.servers.ports import free_port, listens
from tests.servers.private import Private, needed


class Redis:
    """One server on a free port of loopback."""

    def __init__(self) -> None:
        self._program = needed("redis")
        self._server = Private("redis")
        self._port = free_port()
        self.start()

    @property
    def url(self) -> str:
        """What Celery and Orario take for a broker."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start, or start again on the same port."""
        self._server.start(
            self._program, "--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "yes",
            "--appendfsync", "no", ready=lambda: listens(self._port),
        )  # fmt: skip

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop: by SIGTERM cleanly, by SIGKILL as in a crash."""
        self._server.stop(number)

    def close(self) -> None:
        """Stop, and forget everything."""
        self._server.remove(signal.SIGKILL)
