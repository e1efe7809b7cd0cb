"""Speaks the Pterodactyl application API: looks for a server, suspends, unsuspends, deletes it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar

from orario.apps.gamehost.failures import NotAtPanel, PanelError, in_words
from orario.apps.gamehost.settings import GamehostSettings

Tell = Callable[..., None]  # a warning and its details

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_LET_IN = frozenset({401, 403})


@dataclass(frozen=True)
class Answer:
    """What the panel said."""

    status: int
    attributes: dict[str, Any]


class Panel:
    """A panel that is asked one thing after the other; what it cannot do at once is asked again after a pause."""

    def __init__(self, session: ClientSession, settings: GamehostSettings, now: Callable[[], datetime]) -> None:
        self._session = session
        self._settings = settings
        self._now = now

    async def is_suspended(self, id: int, tell: Tell) -> bool:
        """How the server stands. Raises PanelError."""
        answer = await self._ask("GET", id, "", tell)
        return bool(answer.attributes.get("suspended"))

    async def suspend(self, id: int, tell: Tell) -> Answer:
        """Stop a server until it is unsuspended; doing it twice does no harm. Raises PanelError."""
        return await self._ask("POST", id, "/suspend", tell)

    async def unsuspend(self, id: int, tell: Tell) -> Answer:
        """Let it run again. Raises PanelError."""
        return await self._ask("POST", id, "/unsuspend", tell)

    async def delete(self, id: int, tell: Tell) -> Answer:
        """Delete a server and its files for good. Raises PanelError."""
        return await self._ask("DELETE", id, "", tell)

    async def _ask(self, method: str, id: int, action: str, tell: Tell) -> Answer:
        """The first good answer. Suspending and deleting twice is as once, so that a time-out may be asked again."""
        for attempt in range(1, self._settings.panel_attempts + 1):
            try:
                return await self._once(method, id, action)
            except _Busy as busy:
                pause = self._pause(attempt, busy.wants)
                if pause > self._settings.panel_longest_pause_seconds:
                    reason = f"{busy.reason}; it asks for a pause of {pause:g} s"
                    raise PanelError(reason, status=busy.status, is_closed=True) from None
                if attempt == self._settings.panel_attempts:
                    raise PanelError(busy.reason, status=busy.status) from None
                tell(
                    "Pterodactyl API is busy or away, trying again",
                    ptAdminId=id,
                    responseStatus=busy.status,
                    error=busy.reason,
                    attempt=attempt,
                    pauseSeconds=pause,
                )
                await asyncio.sleep(pause)
        raise AssertionError("there is at least one attempt")

    async def _once(self, method: str, id: int, action: str) -> Answer:
        try:
            # A redirected POST would become a GET, and look like success.
            url = f"{_base(self._settings)}/{id}{action}"
            async with self._session.request(method, url, allow_redirects=False) as response:
                return await self._understood(response)
        except TimeoutError:
            limit = self._settings.panel_timeout_seconds
            raise _Busy(f"no answer within {limit:g} s") from None
        except (ClientError, OSError) as error:
            raise _Busy(f"no connection: {error or type(error).__name__}") from None

    async def _understood(self, response: ClientResponse) -> Answer:
        status, said = response.status, in_words(response.status, response.reason)
        if status in _BUSY:
            raise _Busy(said, status, retry_after(response.headers.get("Retry-After"), self._now()))
        if status == HTTPStatus.NOT_FOUND:
            raise NotAtPanel(said, status=status)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise PanelError(said, status=status, is_closed=status in _NOT_LET_IN)
        return Answer(status, _attributes(await response.read()))

    def _pause(self, attempt: int, wanted: float | None) -> float:
        usual: float = self._settings.panel_pause_seconds * 2 ** (attempt - 1)
        if wanted is not None:
            return wanted
        return min(usual, self._settings.panel_longest_pause_seconds)


class _Busy(Exception):
    """Not now: trying again may help."""

    def __init__(self, reason: str, status: int | None = None, wants: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.wants = wants


@asynccontextmanager
async def opened(settings: GamehostSettings, now: Callable[[], datetime]) -> AsyncIterator[Panel]:
    """The panel of the settings, for one run."""
    assert settings.panel_key is not None
    headers = {
        "Authorization": f"Bearer {settings.panel_key.get_secret_value()}",
        "Accept": "Application/vnd.pterodactyl.v1+json",
        "User-Agent": "Orario gamehost",
    }
    timeout = ClientTimeout(total=settings.panel_timeout_seconds)
    async with ClientSession(headers=headers, timeout=timeout, cookie_jar=DummyCookieJar()) as session:
        yield Panel(session, settings, now)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds, from a Retry-After that gives seconds or a date."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None


def _base(settings: GamehostSettings) -> str:
    return f"{(settings.panel_url or '').rstrip('/')}/api/application/servers"


def _attributes(body: bytes) -> dict[str, Any]:
    """Of `{"object": "server", "attributes": {...}}`; suspending and deleting answer with nothing at all."""
    try:
        found = json.loads(body).get("attributes", {}) if body else {}
    except (ValueError, AttributeError):
        raise PanelError("the answer is not what a panel says; look at ORARIO_GAMEHOST_PANEL_URL") from None
    return found if isinstance(found, dict) else {}
