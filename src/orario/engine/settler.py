"""Settles what executors report: attempts, log lines and progress, in one transaction a turn."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from orario.core.clock import Clock
from orario.core.execution import Ending, Outcome
from orario.engine.executor import Report
from orario.engine.identity import Identity
from orario.engine.inbox import MANY, Inbox, News
from orario.engine.settlement import apply, decide
from orario.engine.telling import Telling
from orario.store import executions, logs
from orario.store.database import Database
from orario.store.raw import by_indexes

log = logging.getLogger("orario.engine")

FLUSH_EVERY = 0.2  # seconds that log lines and progress may wait


@dataclass
class Settler:
    """Everything that has come in since the last turn goes out in one commit."""

    database: Database
    identity: Identity
    clock: Clock
    inbox: Inbox
    telling: Telling
    on_settled: Callable[[list[UUID]], None] = lambda tokens: None
    on_changed: Callable[[], None] = lambda: None
    gather: float = 0.0  # seconds that a few reports may wait for more to share their commit
    is_urgent: Callable[[], bool] = lambda: True
    refused: int = 0  # reports whose token no longer held
    _unwritten: News | None = None
    _is_busy: bool = False  # many came at once; the few that follow are their last

    async def turn(self) -> float:
        """Write what has come in."""
        if self._unwritten is None and self.inbox.is_empty:
            return FLUSH_EVERY
        if self._unwritten is None and self.inbox.is_short and not (self._is_busy or self.is_urgent()):
            await asyncio.sleep(self.gather)
        news = self._unwritten or self.inbox.take()
        if not news:
            return FLUSH_EVERY
        self._unwritten = news  # a database that is away must not cost a result
        refused = await self._written(news)
        self._unwritten = None
        self._is_busy = len(news.reports) >= MANY
        self.telling.rouse()
        self.on_settled([report.work.token for report in news.reports])
        self.on_changed()
        if refused:
            self.refused += refused
            self.telling.tally.refused(refused)
            log.warning("%d reports were refused: their attempts belong to somebody else by now", refused)
        return FLUSH_EVERY if not news.reports else 0.0

    async def _written(self, news: News) -> int:
        try:
            return await self.database.transact(self._write, news)
        except OperationalError:
            raise  # the database is away: all of it again, later
        except Exception:
            log.exception("something of what came in cannot be stored; one by one, to find out what")
        return sum([await self._written_alone(part) for part in _apart(news)])

    async def _written_alone(self, part: News) -> int:
        try:
            return await self.database.transact(self._write, part)
        except OperationalError:
            raise
        except Exception as error:
            # A result that no database takes must neither hold up the others nor leave its execution running.
            told = [_untold(report, error) for report in part.reports]
            return await self.database.transact(self._write, News(told, [], {}))

    def _write(self, connection: Connection, news: News) -> int:
        by_indexes(connection)
        logs.write(connection, news.lines)
        executions.note_progress(connection, news.progress)
        ended = [decide(report, self.identity.id) for report in news.reports]
        policies = {
            report.work.token: report.work.job.policy
            for report in news.reports
            if report.outcome.ending is not Ending.SUCCEEDED
        }
        settled = apply(connection, ended, policies, self.clock.now())
        self.telling.tell(connection, settled.final)
        self.telling.count_returned(connection, settled.returned)
        return settled.refused


def _apart(news: News) -> Iterator[News]:
    yield from (News([], [line], {}) for line in news.lines)
    yield News([], [], news.progress)
    yield from (News([report], [], {}) for report in news.reports)


def _untold(report: Report, error: Exception) -> Report:
    ending, why = report.outcome.ending, type(error).__name__
    sentence = f"The attempt ended ({ending}), but what it left cannot be stored: {why}"
    return report._replace(outcome=Outcome(Ending.FAILED, error_message=sentence), metadata=None)
