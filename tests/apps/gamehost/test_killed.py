"""A server is killed in the middle of each job at once; the next one loses nothing and does nothing twice."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, insert, select, update

from orario.apps.gamehost.demo.panel import Fault, Machine, PanelStandIn
from orario.apps.gamehost.tables import emails, servers
from orario.demo.mailserver import Mail, MailServer
from orario.store.database import Database
from tests.apps.gamehost.conftest import standing
from tests.apps.gamehost.desk import Rows
from tests.cli.serving import Served, serving

JOBS = ["ExpireServers", "DeleteServers", "SendEmails", "GenerateExpiryEmails", "GenerateDeletionEmails"]
MANY = {"EXPIRY_7_DAYS": 500, "DELETION_7_DAYS": 1500}  # the last one is still at it when the others have begun
DAY = timedelta(days=1)
PATIENCE = 90.0  # of a busy machine


class Ear:
    """Hears mails, and keeps the second one's sender waiting for the answer."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.over = threading.Event()

    def __call__(self, mail: Mail) -> None:
        self.heard.append(mail.subject)
        if mail.subject == "mail 2" and self.heard.count("mail 2") == 1:
            self.over.wait(PATIENCE)


def test_a_kill_in_the_middle_of_every_job_loses_nothing_and_repeats_only_what_is_said(
    database_url: str, tmp_path: Path
) -> None:
    panel, ear = PanelStandIn(), Ear()
    with standing(panel) as settings, MailServer(hears=ear) as mail, opened(database_url) as rows:
        settings |= {"ORARIO_DATABASE_URL": database_url, "ORARIO_KEY": "k"}
        settings |= {"ORARIO_GAMEHOST_MAIL_URL": f"{mail.url}&timeout=120"}  # longer than a busy machine may take
        settings |= {"ORARIO_GAMEHOST_PANEL_TIMEOUT_SECONDS": "120"}
        with serving(tmp_path, "gamehost", settings=settings) as server:
            token = server.token
            pause_every_job(server, token)
            fill(rows, panel)
            panel.faults = {2: [Fault(None, is_done=True)], 12: [Fault(None, is_done=True)]}
            runs = start(server, token, JOBS[:3])
            wait_for(lambda: ear.heard[1:] and panel.asked("POST suspend")[1:] and panel.asked("DELETE")[1:])
            runs += start(server, token, JOBS[3:])
            wait_for(lambda: warned(rows)["DELETION_7_DAYS"])
            server.stop(signal.SIGKILL)
            ear.over.set()
        before = warned(rows)
        assert before["DELETION_7_DAYS"] < MANY["DELETION_7_DAYS"], "it was in the middle of it"
        with rows.database.writing() as connection:  # the warnings are to wait, for brevity's sake
            connection.execute(update(emails).where(emails.c.kind != "OTHER").values(next_attempt_at=now() + DAY))
        with serving(tmp_path, "gamehost", settings=settings) as server:
            told = results_of_the_rest(server, token, runs)
        assert told == {
            "ExpireServers": 2,
            "DeleteServers": 2,
            "SendEmails": 2,
            "GenerateExpiryEmails": MANY["EXPIRY_7_DAYS"] - before["EXPIRY_7_DAYS"],
            "GenerateDeletionEmails": MANY["DELETION_7_DAYS"] - before["DELETION_7_DAYS"],
        }
        assert panel.asked("POST suspend") == [1, 2, 3], "each once"
        assert panel.asked("DELETE") == [11, 12, 12, 13], "the second time it was not there any more"
        assert all(one.is_suspended for one in panel.machines.values()) and set(panel.machines) == {1, 2, 3}
        assert {id: status for id, status in rows.statuses.items() if id.startswith(("due", "old"))} == {
            "due-1": "EXPIRED",
            "due-2": "EXPIRED",
            "due-3": "EXPIRED",
        }
        assert Counter(ear.heard) == {"mail 1": 1, "mail 2": 2, "mail 3": 1}, "at least once, and here twice"
        assert len({one.message["Message-ID"] for one in mail.mails if one.subject == "mail 2"}) == 1
        assert warned(rows) == MANY


@contextmanager
def opened(url: str) -> Iterator[Rows]:
    database = Database(url)
    try:
        yield Rows(database)
    finally:
        database.close()


def fill(rows: Rows, panel: PanelStandIn) -> None:
    rows.user(name="Ștefan Groß 🎮")
    for at in (1, 2, 3):
        rows.server(f"due-{at}", now() - at * timedelta(seconds=1) - DAY, pt_admin_id=4 - at)
        rows.server(f"old-{at}", now() + at * timedelta(seconds=1) - 95 * DAY, pt_admin_id=10 + at, status="EXPIRED")
        rows.mail(now(), subject=f"mail {at}")
    panel.own(Machine(at, "it") for at in (1, 2, 3, 11, 12, 13))
    about = {"user_id": "user_abc123", "name": "Straße 7 🌷"}
    soon = {"status": "ACTIVE", "expires_at": now() + 6.5 * DAY, **about}
    gone = {"status": "EXPIRED", "expires_at": now() - 83.5 * DAY, **about}
    with rows.database.writing() as connection:
        connection.execute(insert(servers), [{"id": f"soon-{at}", **soon} for at in range(MANY["EXPIRY_7_DAYS"])])
        connection.execute(insert(servers), [{"id": f"gone-{at}", **gone} for at in range(MANY["DELETION_7_DAYS"])])


def pause_every_job(server: Served, token: str) -> None:
    """None of them fires by itself from here on."""
    with api(server, token) as native:
        for job in JOBS:
            assert native.post(f"/jobs/{job}/pause", json={"note": "a test"}).is_success


def start(server: Served, token: str, jobs: list[str]) -> list[str]:
    """The ids of the executions."""
    with api(server, token) as native:
        return [native.post(f"/jobs/{job}/trigger").json()["executionId"] for job in jobs]


def results_of_the_rest(server: Served, token: str, runs: list[str]) -> dict[str, int]:
    """What each job does once the server has found out about the attempts that were lost."""
    with api(server, token) as native:
        for run in runs:
            wait_for(partial(has_ended, native, run))
        found = {}
        for job in JOBS:
            answer: dict[str, Any] = native.post(f"{server.url}/v1/jobs/trigger/{job}").json()
            assert answer["success"] and answer["result"]["failed"] == 0, answer
            found[job] = answer["result"]["processed"]
        return found


def has_ended(native: httpx.Client, run: str) -> bool:
    """Lost, or over before the kill: which of the two jobs that write warnings is quicker, nobody knows."""
    return native.get(f"/executions/{run}").json()["status"] in ("failed", "success")


@contextmanager
def api(server: Served, token: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{server.url}/api/v1/scheduler", headers=headers, timeout=PATIENCE) as client:
        yield client


def warned(rows: Rows) -> dict[str, int]:
    with rows.database.reading() as connection:
        query = select(emails.c.kind, func.count()).where(emails.c.kind != "OTHER").group_by(emails.c.kind)
        counts = {kind: count for kind, count in connection.execute(query)}
    return {kind: counts.get(kind, 0) for kind in MANY}


def now() -> datetime:
    return datetime.now(UTC)


def wait_for(look: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.005)
