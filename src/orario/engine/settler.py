"""Settles what executors report: attempts, log lines and progress, in one transaction a turn."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from orario.core.clock import Clock
from orario.engine.identity import Identity
from orario.engine.inbox import Inbox, News
from orario.engine.settlement import apply, decide
from orario.store import executions, logs
from orario.store.database import Database

log = logging.getLogger("orario.engine")

FLUSH_EVERY = 0.2  # seconds that log lines and progress may wait


@dataclass
class Settler:
    """Everything that has come in since the last turn goes out in one commit."""

    database: Database
    identity: Identity
    clock: Clock
    inbox: Inbox
    on_settled: Callable[[list[UUID]], None] = lambda tokens: None
    on_changed: Callable[[], None] = lambda: None
    refused: int = 0  # reports whose token no longer held
    _unwritten: News | None = None

    async def turn(self) -> float:
        """Write what has come in."""
        news = self._unwritten or self.inbox.take()
        if not news:
            return FLUSH_EVERY
        self._unwritten = news  # a database that is away must not cost a result
        refused = await self.database.transact(self._write, news)
        self._unwritten = None
        self.on_settled([report.work.token for report in news.reports])
        self.on_changed()
        if refused:
            self.refused += refused
            log.warning("%d reports were refused: their attempts belong to somebody else by now", refused)
        return FLUSH_EVERY if not news.reports else 0.0

    def _write(self, connection: Connection, news: News) -> int:
        logs.write(connection, news.lines)
        executions.note_progress(connection, news.progress)
        ended = [decide(report, self.identity.id) for report in news.reports]
        policies = {report.work.job_id: report.work.policy for report in news.reports}
        return apply(connection, ended, policies, self.clock.now())
