"""A shop's jobs with a day of history behind them: what pages are looked at with."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, update

from orario import App, Context, Cron, Every, OnDemand
from orario.core.execution import State
from orario.core.ids import new_ids
from orario.runtime import Runtime
from orario.service.people import SYSTEM, Actor, Role
from orario.store import users
from orario.store.tables import cursors, executions, jobs

PASSWORD = "correct horse battery"
ADA = Actor(None, "ada", Role.ADMIN)
PEOPLE = (("ada", Role.ADMIN), ("otto", Role.OPERATOR), ("vera", Role.VIEWER))

# slug, schedule, queue, seconds it takes, share of failures, what it says when it fails
_JOBS: Sequence[tuple[str, str, str, float, float, str]] = (
    ("close-the-day", "0 2 * * *", "books", 184, 0.0, ""),
    ("send-order-mails", "*/5 * * * *", "mail", 6.4, 0.01, "SMTPServerDisconnected: mail.shop.example closed"),
    ("sync-stock-levels", "*/2 * * * *", "sync", 11, 0.03, "HTTPError: 503 Service Unavailable from warehouse"),
    ("expire-carts", "*/15 * * * *", "default", 1.8, 0.0, ""),
    ("charge-subscriptions", "0 6 * * *", "money", 412, 0.0, ""),
    ("retry-failed-payments", "20 * * * *", "money", 38, 0.08, "CardDeclined: 14 of 212 cards were declined"),
    ("generate-invoices", "30 3 * * *", "books", 96, 0.0, ""),
    ("export-to-warehouse", "0 * * * *", "sync", 71, 0.02, "TimeoutError: warehouse.example:22 does not answer"),
    ("clean-up-uploads", "45 4 * * *", "default", 22, 0.0, ""),
    ("refresh-exchange-rates", "*/30 * * * *", "sync", 2.2, 0.01, "ConnectionError: rates.example"),
    ("rebuild-search-index", "0 1 * * sun", "default", 1260, 0.0, ""),
    ("report-to-finance", "0 7 * * mon-fri", "books", 48, 0.0, ""),
    ("warm-the-cache", "*/10 * * * *", "default", 4.5, 0.0, ""),
    ("send-newsletter", "0 9 * * tue", "mail", 890, 0.0, ""),
    ("backup-database", "0 2 * * *", "default", 340, 0.0, ""),
    ("check-certificates", "0 5 * * *", "default", 9.1, 0.0, ""),
    ("archive-old-orders", "0 2 1 * *", "books", 640, 0.0, ""),
    ("health-check", "* * * * *", "default", 0.4, 0.004, "AssertionError: checkout answered in 4.2 s"),
)


def make_shop() -> App:
    """An app with eighteen jobs on schedules, one on demand, and two that take their time."""
    shop = App("shop", display_name="Shop")
    for slug, expression, queue, *_ in _JOBS:
        _add(shop, slug, expression, queue)

    @shop.task(schedule=Every(seconds=50), queue="sync", timeout="10m")
    async def import_products(context: Context, pages: int = 240, supplier: str = "all") -> dict[str, int]:
        """Read the suppliers' lists of products."""
        for page in context.track(range(pages)):
            await asyncio.sleep(0.18)
            if page % 8 == 0:
                context.info("read a page of products", page=page, supplier=supplier)
            if page % 60 == 20:
                context.warn("a product without a price was left out", sku=f"P-{page * 37}")
                context.progress.fail()
        return {"pages": pages}

    @shop.task(schedule=Every(seconds=70), queue="default", max_instances=2)
    async def resize_pictures(context: Context) -> None:
        """Make small pictures of large ones."""
        for _ in context.track(range(400)):
            await asyncio.sleep(0.16)

    @shop.task(schedule=OnDemand())
    async def read_the_journal(
        context: Context, lines: int = 100, seconds: float = 1, fail: bool = False
    ) -> list[str]:
        """Log a lot, a twentieth at a time."""
        for number in context.track(range(lines)):
            level = "ERROR" if number % 100 == 99 else "INFO"
            context.log(level, f"entry {number} <img src=x onerror=alert(1)>", number=number)
            if number % max(lines // 20, 1) == 0:
                await asyncio.sleep(seconds / 20)
        if fail:
            raise LookupError("the journal has no page <7>")
        return ["<script>alert(1)</script>"]

    @shop.task(schedule=OnDemand())
    async def rotate_keys(context: Context) -> str:
        """Give every integration a new key."""
        context.info("rotating", integrations=7)
        return "7 keys"

    return shop


def _add(shop: App, slug: str, expression: str, queue: str) -> None:
    async def work(context: Context, branch: str = "all", dry_run: bool = False) -> dict[str, int]:
        await asyncio.sleep(0.2)
        return {"processed": 12}

    work.__name__ = slug.replace("-", "_")
    work.__doc__ = f"{slug.replace('-', ' ').capitalize()}."
    shop.task(queue=queue)(work)
    shop.job(slug, work, Cron(expression, timezone="Europe/Rome"))


def furnish(runtime: Runtime, hours: int = 26) -> None:
    """Give every job a past, and people who look at it."""
    now = runtime.clock.now()
    with runtime.database.writing() as connection:
        for slug, expression, _, seconds, share, said in _JOBS:
            job = next(row for row in connection.execute(jobs.select().where(jobs.c.slug == slug)))
            moments = _moments(expression, now - timedelta(hours=hours), now)
            rows = _rows(job, moments, seconds, share, said)
            if rows:
                connection.execute(insert(executions), rows)
                _stand(connection, job.id, rows)
    services = runtime.services
    for name, role in PEOPLE:
        services.users.create(name, role, SYSTEM, PASSWORD)
    ada = next(one for one in services.users.everybody() if one.name == "ada")
    with runtime.database.writing() as connection:
        users.change(connection, ada.id, {"looked_at": now - timedelta(hours=9)})
    services.jobs.pause("send-newsletter", "Until the new template is approved", None, ADA)
    services.jobs.set_enabled("archive-old-orders", False, ADA)


def _moments(expression: str, since: datetime, until: datetime) -> list[datetime]:
    found, moment = [], Cron(expression, timezone="Europe/Rome").next(since)
    while moment is not None and moment < until - timedelta(seconds=30):
        found.append(moment)
        moment = Cron(expression, timezone="Europe/Rome").next(moment)
    return found


def _rows(
    job: Row[Any], moments: Sequence[datetime], seconds: float, share: float, said: str
) -> list[dict[str, Any]]:
    chance = random.Random(job.slug)
    rows = []
    for moment in moments:
        late = timedelta(seconds=chance.lognormvariate(-3.2, 0.9))
        took = timedelta(seconds=seconds * chance.lognormvariate(0, 0.25))
        state = State.FAILED if chance.random() < share else State.SUCCESS
        if state is State.SUCCESS and chance.random() < 0.004:
            state = State.SKIPPED
        ran = state is not State.SKIPPED
        items = chance.randrange(20, 400)
        id, token = new_ids(moment, 2)
        rows.append(
            {
                "id": UUID(id),
                "job_id": job.id,
                "job_name": job.name,
                "task": job.task,
                "queue": job.queue,
                "priority": 0,
                "state": state.value,
                "trigger": "scheduler",
                "scheduled_for": moment,
                "due_at": moment,
                "attempt": int(ran),
                "token": UUID(token),
                "created_at": moment + late / 2,
                "started_at": moment + late if ran else None,
                "finished_at": moment + late + took if ran else moment + late,
                "error_message": said if state is State.FAILED else None,
                "error_stack": f"Traceback (most recent call last):\n  ...\n{said}"
                if state is State.FAILED
                else None,
                "reason": None if ran else "another execution of this job was running",
                "total": items if ran else 0,
                "processed": items if state is State.SUCCESS else items // 2 if ran else 0,
                "failed": 14 if state is State.FAILED else 0,
                "result": {"processed": items} if state is State.SUCCESS else None,
            }
        )
    return rows


def _stand(connection: Connection, id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    ran = [row for row in rows if row["started_at"] is not None]
    counts = Counter(row["state"] for row in rows)
    streak = next((at for at, row in enumerate(reversed(ran)) if row["state"] == "success"), len(ran))
    connection.execute(
        update(cursors)
        .where(cursors.c.job_id == id)
        .values(
            failures_in_row=streak,
            last_state=ran[-1]["state"],
            last_started_at=ran[-1]["started_at"],
            last_finished_at=ran[-1]["finished_at"],
            success_count=counts["success"],
            failed_count=counts["failed"],
            skipped_count=counts["skipped"],
        )
    )
