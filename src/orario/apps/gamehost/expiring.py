"""ExpireServers: servers whose time is over are suspended at the panel, then marked EXPIRED."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from orario import Context
from orario.apps.gamehost import servers
from orario.apps.gamehost.desk import desk, iso, now
from orario.apps.gamehost.failures import NotAtPanel
from orario.apps.gamehost.panel import Panel, opened
from orario.apps.gamehost.rounds import Round, not_configured
from orario.apps.gamehost.servers import Server
from orario.apps.gamehost.words import ServerStatus


async def expire_servers(context: Context) -> dict[str, Any]:
    """Suspend game servers that have passed their expiration date."""
    database = context.services.database
    ids = await database.fetch(servers.past_expiry, now(context))
    if desk.settings.panel_url is None:
        return not_configured(context, "The panel", "ORARIO_GAMEHOST_PANEL_URL", len(ids))
    ids += await database.fetch(servers.cut_off, now(context))
    async with opened(desk.settings, partial(now, context)) as panel:
        return await Round(context, ids).go(Expiring(context, panel).handle)


@dataclass(frozen=True)
class Expiring:
    """One run."""

    context: Context
    panel: Panel

    async def handle(self, id: str) -> None:
        """Whatever the server needs, by how it stands now."""
        server = await self.context.services.database.fetch(servers.get, id)
        if server is None or server.status != ServerStatus.ACTIVE:
            self.context.info("Server was handled by somebody else meanwhile", serverId=id, gameServerId=id)
        elif server.expires_at > now(self.context):
            await self._restore(server)
        else:
            await self._expire(server)

    async def _expire(self, server: Server) -> None:
        self.context.info(
            "Starting to handle expired server",
            serverId=server.id,
            expires=iso(server.expires_at),
            currentStatus=server.status,
            **server.whose,
        )
        transact = self.context.services.database.transact
        if not await transact(servers.mark_suspending, server, now(self.context)):
            self._renewed(server)
            return
        await self._suspend(server)
        if not await transact(servers.expire, server, now(self.context)):
            self._renewed(server)
            found = await self.context.services.database.fetch(servers.get, server.id)
            if found is not None and found.status == ServerStatus.ACTIVE:
                await self._restore(found)

    async def _suspend(self, server: Server) -> None:
        """At the panel. A run that was cut off there may have done it already, which the panel knows."""
        warn = partial(self.context.warn, serverId=server.id, **server.whose)
        if server.pt_admin_id is None:
            warn("Server has no id at the panel, nothing to suspend there")
            return
        try:
            if server.suspending_at is not None and await self.panel.is_suspended(server.pt_admin_id, warn):
                self._tell("Server was suspended already, by a run that was cut off", server)
                return
            answer = await self.panel.suspend(server.pt_admin_id, warn)
        except NotAtPanel as error:
            warn("Server is not at the panel", ptAdminId=server.pt_admin_id, responseStatus=error.status)
        else:
            self._tell("Successfully suspended server via Pterodactyl API", server, responseStatus=answer.status)

    async def _restore(self, server: Server) -> None:
        """It was renewed while the panel was being asked: a paid server must not stay suspended."""
        warn = partial(self.context.warn, serverId=server.id, **server.whose)
        try:
            if server.pt_admin_id is not None and await self.panel.is_suspended(server.pt_admin_id, warn):
                answer = await self.panel.unsuspend(server.pt_admin_id, warn)
                self._tell("Server was renewed, and runs again", server, responseStatus=answer.status)
        except NotAtPanel as error:
            warn("Server is not at the panel", ptAdminId=server.pt_admin_id, responseStatus=error.status)
        await self.context.services.database.transact(servers.forget_suspending, server.id)

    def _renewed(self, server: Server) -> None:
        self.context.warn("Server was renewed meanwhile", serverId=server.id, **server.whose)

    def _tell(self, message: str, server: Server, **details: Any) -> None:
        self.context.info(message, serverId=server.id, ptAdminId=server.pt_admin_id, **details, **server.whose)
