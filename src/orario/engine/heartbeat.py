"""Says that this instance lives, and listens for attempts that are to stop."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.core.errors import Fenced
from orario.engine.dispatcher import Dispatcher
from orario.engine.executor import Executor
from orario.engine.identity import Identity
from orario.store import executions, instances
from orario.store.database import Database

log = logging.getLogger("orario.engine")


@dataclass
class Heartbeat:
    """One beat extends everything this instance holds: its lead and all its attempts."""

    database: Database
    identity: Identity
    clock: Clock
    dispatcher: Dispatcher
    executor: Executor
    beat_every: float
    on_reborn: Callable[[], None] = lambda: None
    registered: bool = False

    async def turn(self) -> float:
        """Beat; start anew if the others have given this instance up."""
        try:
            await self.database.transact(self._beat)
        except Fenced:
            self._be_reborn()
            return 0.0
        await self.heed_cancels()
        return self.beat_every

    async def heed_cancels(self) -> None:
        """Pass on to the executor which attempts were asked to stop."""
        if self.dispatcher.carrying:
            for token, by in await self.database.fetch(executions.to_cancel, self.identity.id):
                self.executor.cancel([token], f"cancelled by {by}")

    def _beat(self, connection: Connection) -> None:
        if self.registered:
            instances.beat(connection, self.identity.id, self.clock.now())
        else:
            instances.register(connection, self.identity.instance(self.clock))
            self.registered = True

    def _be_reborn(self) -> None:
        carried = list(self.dispatcher.carrying)
        log.warning("taken for dead by the others: %d running attempts are let go", len(carried))
        self.executor.abandon(carried)
        self.dispatcher.settled(carried)
        self.identity.renew()
        self.registered = False
        self.on_reborn()
