"""Goes through servers one after the other: one that fails does not stop the rest, a panel that is away does."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orario import Context
from orario.apps.gamehost import servers
from orario.apps.gamehost.desk import result, words
from orario.apps.gamehost.failures import PanelError, RunFailed

_ENOUGH = 5  # servers in a row for which the panel was away
Handle = Callable[[str], Awaitable[None]]


@dataclass
class Round:
    """One run over these servers."""

    context: Context
    ids: Sequence[str]
    first: PanelError | None = None
    in_row: int = 0

    async def go(self, handle: Handle) -> dict[str, Any]:
        """Handle each. Raises RunFailed at the end when the panel would not do one of them."""
        count = len(self.ids)
        self.context.progress.expect(count)
        self.context.info(f"Job started, processing {words(count, 'server')}", totalServers=count)
        for id in self.ids:
            await self._handle(handle, id)
            self.context.progress.advance()
        return self._ended()

    async def _handle(self, handle: Handle, id: str) -> None:
        if self._is_given_up:
            self.context.progress.fail()
            return
        try:
            await handle(id)
            self.in_row = 0
        except PanelError as error:
            self.first = self.first or error
            self.in_row += 1
            self.context.progress.fail()
            if error.is_closed:
                self.in_row = _ENOUGH
            await self._tell(id, error)
            if self._is_given_up:
                self.context.error("The panel is left alone until the next run", error=error.message)

    async def _tell(self, id: str, error: PanelError) -> None:
        server = await self.context.services.database.fetch(servers.get, id)
        whose = {"gameServerId": id} if server is None else server.whose
        self.context.error(
            "Failed to handle server", serverId=id, error=error.message, responseStatus=error.status, **whose
        )

    @property
    def _is_given_up(self) -> bool:
        return self.in_row >= _ENOUGH

    def _ended(self) -> dict[str, Any]:
        found = result(self.context)
        figures = {"totalProcessed": found["processed"], "totalServers": found["total"]}
        if self.first is not None:
            self.context.error("Job failed", **figures, totalFailed=found["failed"], error=self.first.message)
            raise RunFailed(self.first.message)
        self.context.info("Job completed successfully", **figures)
        return found


def not_configured(context: Context, what: str, setting: str, waiting: int = 0) -> dict[str, Any]:
    """Say that there is nothing to work with, and end well."""
    context.info("Job started, processing 0 servers", totalServers=0)
    say = context.warn if waiting else context.info
    say(f"{what} is not configured: set {setting}", waiting=waiting)
    context.info("Job completed successfully", totalProcessed=0, totalServers=0)
    return result(context)
