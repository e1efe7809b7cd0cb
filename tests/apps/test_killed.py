"""A server is killed in the middle of the jobs of ops and lokario at once; the next one makes them whole."""

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Table, func, insert, select

from orario.apps.lokario.tables import messages
from orario.apps.ops.tables import checks, daily
from orario.core.clock import SystemClock
from orario.demo.mailserver import Mail, MailServer
from orario.service.copies import Copies
from orario.store.database import Database
from tests.apps.lokario.letters import plain
from tests.cli.serving import Served, serving
from tests.servers.dovecot import PASSWORD, Dovecot

SECRET = "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8s9t0u1v2w3x4y5z6"
NATIVE, OPS = "/api/v1/scheduler", "/ops/api/v1/scheduler"
OURS = ["health_check", "daily_analytics", "database_backup", "cleanup", "inbox-sync", "followups-process"]
LETTERS, OLD = 600, 30_000
AGES_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE = 60.0


class Ear:
    """Hears reminders, and lets the sender of the second one wait until it is killed."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.over = threading.Event()

    def __call__(self, mail: Mail) -> None:
        self.heard.append(mail.recipients[0])
        if len(self.heard) == 2:
            self.over.wait(PATIENCE)


@contextmanager
def orario(folder: Path, mail: MailServer, token: str = "") -> Iterator[tuple[Served, httpx.Client]]:
    settings = {"ORARIO_KEY": "k", "CRON_SECRET": SECRET, "ORARIO_LOKARIO_MAIL_URL": f"{mail.url}&timeout=120"}
    with serving(folder, "--apps", "ops,lokario", settings=settings) as served:
        headers = {"Authorization": f"Bearer {token or served.token}"}
        with httpx.Client(base_url=served.url, headers=headers, timeout=PATIENCE) as client:
            yield served, client


@pytest.mark.one_database
def test_what_is_killed_is_made_whole_and_nothing_is_there_twice(tmp_path: Path, dovecot: Dovecot) -> None:
    dovecot.wipe("u1")
    dovecot.lay("u1", [plain(f"Grüße {number} 📦 ț") for number in range(LETTERS)])
    ear = Ear()
    with MailServer(hears=ear) as mail:
        with orario(tmp_path, mail) as (served, client), database_in(tmp_path) as database:
            for job in OURS:
                said(client.post(f"{NATIVE}/jobs/{job}/pause", json={}))
            fill(client, database, dovecot)
            runs = [begun(client, "followups-process")]
            wait_for(lambda: len(ear.heard) == 2)
            runs.append(begun(client, "inbox-sync"))
            wait_for(lambda: count(database, messages))
            with dovecot.frozen():  # so that it is in the middle for as long as is wanted
                runs += [begun(client, job) for job in ("cleanup", "health_check", "daily_analytics")]
                wait_for(lambda: count(database, checks) < OLD)
                runs.append(begun(client, "database_backup"))
                wait_for(lambda: [*(tmp_path / "backups").glob(".*.part*")])
                served.stop(signal.SIGKILL)
            ear.over.set()
            assert 0 < count(database, messages) < LETTERS and 0 < count(database, checks) < OLD
            token = served.token
        with orario(tmp_path, mail, token) as (_, client), database_in(tmp_path) as database:
            for run in runs:
                wait_for(partial(has_ended, client, run))
            carried_out_again(client)
            assert count(database, checks, checks.c.checked_at == AGES_AGO) == 0
            with database.reading() as connection:
                found = Counter(connection.scalars(select(messages.c.subject)))
                days = connection.execute(select(daily.c.day, daily.c.job_id)).all()
            assert found == Counter(f"Grüße {number} 📦 ț" for number in range(LETTERS))
            assert days and len(days) == len(set(days))
    assert Counter(ear.heard) == {ear.heard[0]: 1, ear.heard[1]: 2, ear.heard[3]: 1}, "at least once, and here twice"
    assert len({one.message["Message-ID"] for one in mail.mails}) == 3
    copies = Copies(f"sqlite:///{tmp_path}/orario.db", SystemClock())
    [copy] = copies.list(tmp_path / "backups")
    assert copies.verify(copy.path).is_verified, "the one that was begun is none"


def has_ended(client: httpx.Client, run: str) -> bool:
    return said(client.get(f"{NATIVE}/executions/{run}"))["status"] in ("success", "failed")


def carried_out_again(client: httpx.Client) -> None:
    """As the documents have it."""
    for job in OURS[:4]:
        answer = said(client.post(f"{OPS}/jobs/{job}/trigger"))
        assert answer["success"], answer
    for path in ("/api/inbox/integrations/sync-all", "/api/followups/process-automatic"):
        assert said(client.get(path, params={"secret": SECRET}))["success"]


def fill(client: httpx.Client, database: Database, dovecot: Dovecot) -> None:
    company = said(client.post("/api/companies", json={"name": "Grădina Größer"}))["id"]
    said(client.put(f"/api/billing/settings/{company}", json={"isAutomatic": True}))
    for number in (1, 2, 3):
        invoice = {"companyId": company, "number": f"F-{number}", "customerName": "Hôtel du Parc", "amount": "10.00"}
        dates = {"issuedOn": "2023-12-01", "dueOn": "2024-01-01", "customerEmail": f"c{number}@parc.example"}
        said(client.post("/api/invoices", json=invoice | dates))
    box = {"companyId": company, "name": "Contact", "host": dovecot.host, "port": dovecot.port, "tls": "none"}
    said(client.post("/api/inbox/integrations", json=box | {"username": "u1", "password": PASSWORD.format("u1")}))
    old = {"status": "healthy", "services": {}, "system": {}, "checked_at": AGES_AGO}
    with database.writing() as connection:
        connection.execute(insert(checks), [{"id": uuid4(), **old} for _ in range(OLD)])


def begun(client: httpx.Client, job: str) -> str:
    return str(said(client.post(f"{NATIVE}/jobs/{job}/trigger"))["executionId"])


def said(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return json.loads(answer.text or "null")


@contextmanager
def database_in(folder: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{folder}/orario.db")) as database:
        yield database


def count(database: Database, table: Table, *conditions: Any) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def wait_for(look: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.002)
