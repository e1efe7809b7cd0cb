"""A server that is killed in the middle of all sixteen jobs: what is lost, and what is done twice."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.tables import credentials, logs, mails, messages, reservations, sessions
from orario.core.clock import SystemClock
from orario.core.execution import State
from orario.demo.mailserver import Mail, MailServer
from orario.service.copies import Copies
from orario.store.database import Database
from orario.store.tables import executions
from tests.apps.agent.house import DAY, Provider, column, count, fill, message
from tests.apps.agent.test_document import ask
from tests.cli.serving import Served, serving

GUESTS = [f"guest{at}@example.org" for at in range(60)]
OLD = 10_000
KILLED_AT = 3  # mails; by then all the others have just begun
PATIENCE = 60.0


@dataclass
class Killer:
    """Kills the server while it hands in a mail: it never hears that it was taken."""

    served: Served | None = None
    heard: int = 0

    def __call__(self, mail: Mail) -> str | None:
        self.heard += 1
        if self.heard == KILLED_AT and self.served is not None:
            self.served.process.send_signal(signal.SIGKILL)
        return None


@contextmanager
def agent(folder: Path, database_url: str, post: MailServer, provider: Provider) -> Iterator[Served]:
    settings = {
        "ORARIO_DATABASE_URL": database_url,
        "ORARIO_KEY": "of a test",
        "ORARIO_AGENT_MAIL_URL": post.url,
        "ORARIO_AGENT_CREDENTIALS_SOURCE": f"{provider.url}/credentials",
        "ORARIO_AGENT_MESSAGES_URL": f"{provider.url}/messages",
        "CRON_REPORTS_RECIPIENTS": "chef@example.org",
        "CRON_TIMEZONE": "UTC",
    }
    with serving(folder, "--apps", "agent", settings=settings) as served:
        yield served


def call(served: Served, token: str, method: str, path: str, body: Any = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    status, found = ask(served, method, f"/api/v1/scheduler{path}", sent, **headers)
    assert 200 <= status < 300, found
    return found


def begin(served: Served) -> None:
    """All sixteen at once, those that mail last; what is killed is tried again at once."""
    names = sorted((one.slug for one in PLANNED), key=lambda slug: slug == "reservation-reminders")
    ask_all = partial(call, served, served.token)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda slug: ask_all("PUT", f"/jobs/{slug}", {"retryDelaySeconds": 0}), names))
        list(threads.map(lambda slug: ask_all("POST", f"/jobs/{slug}/trigger", {}), names))


def wait_for_the_end(database: Database) -> Counter[str]:
    """How all executions have ended."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with database.reading() as connection:
            found = Counter(connection.scalars(executions.select().with_only_columns(executions.c.state)))
        if not found.keys() & {State.PENDING.value, State.RUNNING.value}:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not all has ended: {found}")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with closing(Database(database_url)) as one:
        yield one


def test_what_is_killed_goes_on_and_nothing_is_lost(
    tmp_path: Path, database_url: str, database: Database, post: MailServer, a_provider: Provider
) -> None:
    a_provider.offers = [{"name": "nou", "provider": "p", "secret": "s", "checkUrl": a_provider.url}]
    a_provider.good = {"s"}
    post.hears = killer = Killer()
    with agent(tmp_path, database_url, post, a_provider) as served:
        now = SystemClock().now()
        fill(database, now, GUESTS, old=20)
        with database.writing() as connection:
            connection.execute(insert(messages), [message(100 * DAY, now) for _ in range(OLD)])
        killer.served = served
        begin(served)
        served.process.wait(PATIENCE)
    with agent(tmp_path, database_url, post, a_provider):
        ended = wait_for_the_end(database)
    assert ended.keys() == {State.SUCCESS.value} and ended.total() >= 16
    with database.reading() as connection:
        again = connection.scalars(select(executions.c.task).where(executions.c.attempt > 1)).all()
    assert "agent.reservation_reminders" in again and len(again) >= 2, "others were killed too"
    check_mails(database, post)
    check_messages(database, a_provider)
    assert Counter(column(database, sessions, "status")) == Counter(abandoned=1, inactive=1, open=1, error=1)
    assert column(database, credentials, "name") == ["nou"] and count(database, logs) == 0
    copies = Copies(database_url, SystemClock())
    [copy] = [one for one in copies.list(tmp_path / "backups") if one.is_verified]
    copies.verify(copy.path)


def check_mails(database: Database, post: MailServer) -> None:
    """Each guest has a reminder; a second one only of a mail in whose middle the server died, with the same id."""
    assert set(column(database, mails, "status")) == {"sent"}
    assert count(database, mails, mails.c.kind == "reminder") == len(GUESTS) == count(database, reservations)
    sent = Counter((one.recipients, str(one.message["Message-ID"])) for one in post.mails)
    assert {recipients[0] for recipients, _ in sent} == {*GUESTS, "chef@example.org"}
    assert len(sent) == len(GUESTS) + count(database, mails, mails.c.kind == "report")
    assert sent.total() - len(sent) <= 2, "a reminder and a report may have been under way"


def check_messages(database: Database, provider: Provider) -> None:
    assert Counter(column(database, messages, "status")) == Counter(processed=4)
    assert len({key for key, _ in provider.taken}) == 4
