"""DeleteServers: servers that are expired for longer than the retention are deleted at the panel, then here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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


async def delete_servers(context: Context) -> dict[str, Any]:
    """Permanently delete expired servers after the retention period (90 days)."""
    cutoff = now(context) - timedelta(days=desk.settings.retention_days)
    ids = await context.services.database.fetch(servers.past_retention, cutoff)
    if desk.settings.panel_url is None:
        return not_configured(context, "The panel", "ORARIO_GAMEHOST_PANEL_URL", len(ids))
    async with opened(desk.settings, partial(now, context)) as panel:
        return await Round(context, ids).go(Deleting(context, panel, cutoff).handle)


@dataclass(frozen=True)
class Deleting:
    """One run."""

    context: Context
    panel: Panel
    cutoff: datetime

    async def handle(self, id: str) -> None:
        """Look once more whether it is to go, for there is no way back."""
        server = await self.context.services.database.fetch(servers.get, id)
        if server is None or server.status != ServerStatus.EXPIRED or server.expires_at > self.cutoff:
            self.context.info("Server is not to be deleted any more", serverId=id, gameServerId=id)
            return
        self.context.info(
            "Starting to delete expired server",
            serverId=server.id,
            name=server.name,
            expires=iso(server.expires_at),
            expiredForDays=(now(self.context) - server.expires_at).days,
            **server.whose,
        )
        await self._delete_at_panel(server)
        if not await self.context.services.database.transact(servers.remove, server):
            self.context.fatal(
                "Server was renewed while it was being deleted: it is gone at the panel",
                serverId=server.id,
                ptAdminId=server.pt_admin_id,
                **server.whose,
            )

    async def _delete_at_panel(self, server: Server) -> None:
        warn = partial(self.context.warn, serverId=server.id, **server.whose)
        if server.pt_admin_id is None:
            warn("Server has no id at the panel, nothing to delete there")
            return
        try:
            answer = await self.panel.delete(server.pt_admin_id, warn)
        except NotAtPanel as error:  # deleted by hand, or by a run that was cut off before it could say so
            warn("Server is not at the panel any more", ptAdminId=server.pt_admin_id, responseStatus=error.status)
        else:
            self.context.info(
                "Successfully deleted server via Pterodactyl API",
                serverId=server.id,
                ptAdminId=server.pt_admin_id,
                responseStatus=answer.status,
                **server.whose,
            )
