"""A panel that stands in: it speaks the Pterodactyl application API and can be made to fail."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "ptla_demo"
GAME = "democraft"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_LOCAL = "127.0.0.1"
_ERRORS = {
    401: ("AuthenticationException", "Unauthenticated."),
    404: ("NotFoundHttpException", "The requested resource could not be found on the server."),
    429: ("ThrottleRequestsException", "Too Many Attempts."),
    503: ("HttpException", "An error was encountered while processing this request."),
}


@dataclass
class Machine:
    """A server, as the panel sees it."""

    id: int
    name: str
    is_suspended: bool = False

    def as_json(self) -> dict[str, Any]:
        attributes = {
            "id": self.id,
            "external_id": None,
            "identifier": f"{self.id:08x}",
            "name": self.name,
            "description": "",
            "status": "suspended" if self.is_suspended else None,
            "suspended": self.is_suspended,
            "limits": {"memory": 4096, "swap": 0, "disk": 10240, "io": 500, "cpu": 200, "threads": None},
            "user": 1,
            "node": 1,
        }
        return {"object": "server", "attributes": attributes}


@dataclass(frozen=True)
class Fault:
    """An answer to give instead. `is_done`: after doing what was asked; without a status there is no answer."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    is_done: bool = False


@dataclass
class PanelStandIn:
    """The panel. `faults` are given for a server one after the other; `calls` is what it was asked."""

    machines: dict[int, Machine] = field(default_factory=dict)
    faults: dict[int, list[Fault]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    hears: Callable[[str, int], object] | None = None  # the method, and the server
    games: dict[str, list[str]] = field(default_factory=lambda: {GAME: ["1.21.3", "1.21.4"]})
    url: str = ""
    _runner: web.AppRunner | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def own(self, machines: Iterable[Machine]) -> "PanelStandIn":
        """Know these servers."""
        self.machines.update((one.id, one) for one in machines)
        return self

    def asked(self, action: str) -> list[int]:
        """The servers for which it was asked this, such as "POST suspend" or "DELETE"."""
        method, _, end = action.partition(" ")
        paths = [path.split("/") for said, path in self.calls if said == method]
        return [int(path[0]) for path in paths if path[1:] == ([end] if end else [])]

    async def start(self) -> Mapping[str, str]:
        """Listen on a free port; the settings by which the app finds it."""
        app = web.Application(middlewares=[self._guarded])
        app.router.add_get("/api/application/servers", self._list)
        app.router.add_get("/api/application/servers/{id}", self._show)
        app.router.add_delete("/api/application/servers/{id}", self._delete)
        app.router.add_post("/api/application/servers/{id}/suspend", self._suspend)
        app.router.add_post("/api/application/servers/{id}/unsuspend", self._suspend)
        app.router.add_get("/manifest.json", self._manifest)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, _LOCAL, 0).start()
        self.url = f"http://{_LOCAL}:{self._runner.addresses[0][1]}"
        return {
            "ORARIO_GAMEHOST_PANEL_URL": self.url,
            "ORARIO_GAMEHOST_PANEL_KEY": KEY,
            "ORARIO_GAMEHOST_VERSIONS_URL": f"{self.url}/manifest.json",
        }

    async def stop(self) -> None:
        self._over.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody in without the key, keep what was asked, and fail where it is to fail."""
        if not request.path.startswith("/api/"):
            return await handler(request)
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {KEY}"):
            return refusal(401)
        if "id" not in request.match_info:
            return await handler(request)
        self.calls.append((request.method, request.path.partition("/servers/")[2]))
        if self.hears is not None:
            self.hears(request.method, _id(request))
        waiting = self.faults.get(_id(request), [])
        if not waiting:
            return await handler(request)
        fault = waiting.pop(0)
        if fault.is_done:
            await handler(request)
        if fault.status is None:
            await self._over.wait()
        return refusal(fault.status or 500, fault.headers)

    async def _list(self, request: web.Request) -> web.Response:
        data = [one.as_json() for one in self.machines.values()]
        pages = {"total": len(data), "count": len(data), "per_page": 50, "current_page": 1, "total_pages": 1}
        return web.json_response({"object": "list", "data": data, "meta": {"pagination": pages}})

    async def _show(self, request: web.Request) -> web.Response:
        found = self.machines.get(_id(request))
        return refusal(404) if found is None else web.json_response(found.as_json())

    async def _suspend(self, request: web.Request) -> web.Response:
        found = self.machines.get(_id(request))
        if found is None:
            return refusal(404)
        found.is_suspended = request.path.endswith("/suspend")
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        found = self.machines.pop(_id(request), None)
        return refusal(404) if found is None else web.Response(status=204)

    async def _manifest(self, request: web.Request) -> web.Response:
        """Each look finds a version more, so that there is news to tell."""
        answer = web.json_response({"games": self.games})
        for game, known in self.games.items():
            head, _, last = known[-1].rpartition(".")
            self.games[game] = [*known, f"{head}.{int(last) + 1}"]
        return answer


def refusal(status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error in the panel's own form."""
    code, detail = _ERRORS.get(status, ("HttpException", "An error was encountered."))
    said = {"errors": [{"code": code, "status": str(status), "detail": detail}]}
    return web.json_response(said, status=status, headers=headers)


def _id(request: web.Request) -> int:
    text = request.match_info["id"]
    return int(text) if text.isascii() and text.isdigit() else -1
