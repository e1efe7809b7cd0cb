"""The HTTP client's connections: made on first use by the loop that carries the jobs, closed at shutdown."""

import asyncio
from importlib.metadata import version
from weakref import WeakKeyDictionary

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from orario.apps.http.guard import GuardedResolver, guarded_socket
from orario.apps.http.settings import HttpSettings

AGENT = f"Orario/{version('orario')}"
# Sent a second time by the client when a kept connection turns out to be closed; of others we do not risk that.
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class Sessions:
    """One pair of sessions per loop: one keeps its connections, one opens a new one for each request."""

    def __init__(self) -> None:
        self.settings = HttpSettings.model_construct()
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[bool, ClientSession]] = WeakKeyDictionary()

    def configure(self, settings: HttpSettings) -> None:
        self.settings = settings

    def session(self, method: str) -> ClientSession:
        """The running loop's session for requests of this method."""
        pair = self._of_loop.setdefault(asyncio.get_running_loop(), {})
        keeps = method in _REPEATABLE
        if keeps not in pair:
            pair[keeps] = self._opened(keeps)
        return pair[keeps]

    def _opened(self, keeps: bool) -> ClientSession:
        free = self.settings.allow_link_local
        connector = TCPConnector(
            limit=0,  # queues have a width; the client needs none of its own
            force_close=not keeps,
            resolver=None if free else GuardedResolver(),
            socket_factory=None if free else guarded_socket,
        )
        # Jobs share connections, never cookies.
        return ClientSession(connector=connector, cookie_jar=DummyCookieJar(), headers={"User-Agent": AGENT})

    async def close(self) -> None:
        """Close what the running loop has open."""
        for session in self._of_loop.pop(asyncio.get_running_loop(), {}).values():
            await session.close()


sessions = Sessions()
