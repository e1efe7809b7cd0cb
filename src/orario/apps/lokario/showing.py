"""What the dashboard shows: how the mailboxes are, who would be reminded today, how calls were answered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from orario import App, Asked, NotFound
from orario.apps.lokario.billing import showing as billing
from orario.apps.lokario.calls import FOLLOWUPS, SYNC, call
from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox import integrations as stored
from orario.apps.lokario.tables import integrations, invoices, reminders
from orario.apps.lokario.words import ReminderStatus
from orario.web import ExecutionFilter

_SHOWN = 50
_CALLS = 20


def register(app: App) -> None:
    """A page of the app's own, and a panel on the pages of the two jobs that call it."""
    app.page("", title="Inboxes and reminders", template="lokario.html", icon="mail")(page)
    app.panel("job", title="Answers", template="answers.html")(answers)
    app.action("switch", role="admin")(switch)


def page(asked: Asked) -> Mapping[str, Any]:
    """Mailboxes and reminders."""
    refused = reminders.c.status == ReminderStatus.REFUSED.value
    with asked.services.database.reading() as connection:
        boxes = stored.find(connection)
        counts = stored.count_messages(connection, [one.id for one in boxes])
        planned = billing.preview(connection, desk.settings, desk.today(asked.now))
        unpaid = connection.scalar(select(func.count()).select_from(invoices).where(invoices.c.paid_on.is_(None)))
        return {
            "boxes": boxes,
            "counts": counts,
            "failing": sum(one.error is not None for one in boxes if one.is_active),
            "reading": sum(one.is_active for one in boxes),
            "messages": sum(counts.values()),
            "unpaid": unpaid or 0,
            "due": planned.due[:_SHOWN],
            "due_count": len(planned.due),
            "can_send": planned.can_send,
            "refused": connection.scalar(select(func.count()).select_from(reminders).where(refused)) or 0,
        }


def switch(asked: Asked) -> str:
    """Read a mailbox from now on, or no longer."""
    try:
        id = UUID(asked.form["integration"])
    except (KeyError, ValueError):
        raise NotFound("There is no such integration") from None
    with asked.services.tools.changing(asked.actor) as change:
        before = stored.get(change.connection, id)
        if before is None:
            raise NotFound("There is no such integration")
        active = not before.is_active
        change.connection.execute(update(integrations).where(integrations.c.id == id).values(is_active=active))
        told = {"is_active": before.is_active}, {"is_active": active}
        change.record("lokario.integration.change", "integration", id, *told)
    return f"{before.title} is read from the next call on" if active else f"{before.title} is read no longer"


def answers(asked: Asked) -> Mapping[str, Any] | None:
    """How the last calls of one of the two jobs were answered."""
    job = None if asked.subject is None else asked.subject.job
    if job is None or job.slug not in (SYNC, FOLLOWUPS):
        return None
    found = asked.services.executions.find(ExecutionFilter(job_ref=job.slug), per_page=_CALLS)
    return {"calls": [call(one, job.slug) for one in found.items]} if found.items else None
