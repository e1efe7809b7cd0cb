"""Reminds guests of their reservations by mail, each once for each time that they reserved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, func, select, update

from orario import Context, OrarioError
from orario.apps.agent import outbox
from orario.apps.agent.desk import desk
from orario.apps.agent.outbox import Draft
from orario.apps.agent.steps import is_status
from orario.apps.agent.tables import mails, reservations
from orario.apps.agent.words import MailStatus, ReservationStatus

KIND = "reminder"
_AT_ONCE = 200


async def reservation_reminders(context: Context) -> dict[str, Any]:
    """Mail every guest whose reservation begins within CRON_REMINDERS_HOURS_BEFORE."""
    database, now = context.services.database, context.services.tools.clock.now()
    until = _horizon(context, now)
    due = await database.fetch(_count_due, now, until)
    mailbox = desk.settings.mailbox
    if mailbox is None:
        context.warn("no mail server is configured: set ORARIO_AGENT_MAIL_URL", due=due)
        return {"due": due, "sent": 0, "note": "no mail server is configured"}
    context.progress.expect(due)
    written, after = 0, 0
    while rows := await database.fetch(_some_due, now, until, after):
        after = rows[-1].id
        written += await database.transact(outbox.write, [_draft(row) for row in rows], now)
    unwanted = await database.transact(_drop_unwanted)
    context.info("reminders written", due=due, new=written, until=until.isoformat())
    posted = await outbox.post(context, mailbox, KIND)
    context.progress.advance(max(due - context.progress.processed, 0))  # those that had theirs before
    return {"due": due, "new": written, **posted.as_result(), "unwanted": unwanted}


def _horizon(context: Context, now: datetime) -> datetime:
    """Up to when reservations are reminded of. What begins before the next run would be told of too late then."""
    until: datetime = now + timedelta(hours=desk.settings.cron_reminders_hours_before)
    try:
        coming: list[datetime] = context.services.jobs.next_moments(context.job, 1)
    except OrarioError:  # the job was deleted while it runs
        coming = []
    return max([until, *coming])


def _count_due(connection: Connection, now: datetime, until: datetime) -> int:
    return connection.scalar(select(func.count()).select_from(reservations).where(*_due(now, until))) or 0


def _some_due(connection: Connection, now: datetime, until: datetime, after: int) -> Sequence[Any]:
    query = select(reservations).where(*_due(now, until), reservations.c.id > after)
    return connection.execute(query.order_by(reservations.c.id).limit(_AT_ONCE)).all()


def _due(now: datetime, until: datetime) -> tuple[Any, ...]:
    confirmed = reservations.c.status == ReservationStatus.CONFIRMED.value
    return confirmed, reservations.c.starts_at > now, reservations.c.starts_at <= until


def _drop_unwanted(connection: Connection) -> int:
    """Reminders that wait, of reservations that were cancelled or moved since they were written."""
    waiting = (is_status(mails.c.status, MailStatus.WAITING), mails.c.kind == KIND)
    keys = list(connection.scalars(select(mails.c.key).where(*waiting)))
    ids = [int(key.split(":")[1]) for key in keys]
    wanted = set()
    for start in range(0, len(ids), _AT_ONCE):
        some = reservations.c.id.in_(ids[start : start + _AT_ONCE])
        found = connection.execute(select(reservations).where(some)).all()
        wanted |= {_key(row) for row in found if row.status == ReservationStatus.CONFIRMED.value}
    unwanted = [key for key in keys if key not in wanted]
    for key in unwanted:
        values = {"status": MailStatus.DROPPED.value, "error": "the reservation was cancelled or moved"}
        connection.execute(update(mails).where(mails.c.key == key).values(**values))
    return len(unwanted)


def _key(row: Any) -> str:
    return f"{KIND}:{row.id}:{row.starts_at.isoformat()}"


def _draft(row: Any) -> Draft:
    when = _wall_time(row)
    guests = "one guest" if row.party == 1 else f"{row.party} guests"
    lines = [
        f"Hello {row.customer},",
        f"we look forward to seeing you: {row.place}, {when:%A %d %B %Y} at {when:%H:%M}, {guests}.",
        "If you cannot come, please tell us.",
    ]
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return Draft(
        key=_key(row),
        kind=KIND,
        recipient=row.email,
        subject=" ".join(f"Your reservation on {when:%A %d %B at %H:%M}: {row.place}".split()),
        text="\n\n".join(lines) + "\n",
        html=f'<div style="font-family:system-ui,sans-serif;font-size:15px">{html}</div>',
        expires_at=row.starts_at,
    )


def _wall_time(row: Any) -> datetime:
    """When it begins, as the clock at the place shows it."""
    try:
        zone = ZoneInfo(row.timezone) if row.timezone else desk.settings.zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = desk.settings.zone
    found: datetime = row.starts_at.astimezone(zone)
    return found
