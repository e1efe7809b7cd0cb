"""Rows of the app's tables, written and read in a test's own words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from orario import Execution, LogLine
from orario.apps.gamehost.mails import NewMail, queue
from orario.apps.gamehost.tables import emails, servers, users
from orario.store.database import Database
from orario.testing import Harness


@dataclass(frozen=True)
class Rows:
    """The tables in a database."""

    database: Database

    def user(self, id: str = "user_abc123", name: str = "John Doe", email: str = "john@example.com") -> str:
        with self.database.writing() as connection:
            connection.execute(insert(users).values(id=id, name=name, email=email))
        return id

    def server(self, id: str, expires_at: datetime, *, user_id: str = "user_abc123", **values: Any) -> str:
        row = {"id": id, "user_id": user_id, "name": "My Minecraft Server", "expires_at": expires_at, **values}
        with self.database.writing() as connection:
            connection.execute(insert(servers).values(row))
        return id

    def mail(self, at: datetime, to: str = "john@example.com", subject: str = "Hello", **values: Any) -> None:
        with self.database.writing() as connection:
            queue(connection, [NewMail(to, subject, "text", **values)], at)

    def set_server(self, id: str, **values: Any) -> None:
        with self.database.writing() as connection:
            connection.execute(update(servers).where(servers.c.id == id).values(values))

    @property
    def statuses(self) -> dict[str, str]:
        """Of the servers."""
        with self.database.reading() as connection:
            return {row.id: row.status for row in connection.execute(select(servers).order_by(servers.c.id))}

    @property
    def mails(self) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(select(emails).order_by(emails.c.id)))


@dataclass(frozen=True)
class Desk:
    """An Orario whose clock stands still unless told otherwise."""

    harness: Harness

    @property
    def rows(self) -> Rows:
        return Rows(self.harness.services.database)

    @property
    def now(self) -> datetime:
        return self.harness.now

    def servers(self, *ago: timedelta, **values: Any) -> list[int]:
        """Servers that are expired for so long, 1, 2, ... at the panel."""
        self.rows.user()
        for at, one in enumerate(ago, 1):
            self.rows.server(f"server-{at}", self.now - one, pt_admin_id=at, **values)
        return list(range(1, len(ago) + 1))

    def run(self, job: str) -> Execution:
        return self.harness.trigger(job)

    def lines(self, run: Execution) -> list[LogLine]:
        found: list[LogLine] = self.harness.services.executions.logs(run.id, limit=10_000)
        return found

    def said(self, run: Execution) -> list[str]:
        return [line.message for line in self.lines(run)]
