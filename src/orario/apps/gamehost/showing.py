"""What people are shown on the dashboard: how the servers and the queue stand, and what an execution is about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from orario import App, Asked, NotFound
from orario.apps.gamehost.desk import desk
from orario.apps.gamehost.related import read_names, related
from orario.apps.gamehost.tables import emails, servers, users
from orario.apps.gamehost.words import TYPES, MailStatus, ServerStatus

_SHOWN = 50
_READ = 5000  # log lines of an execution that are looked through
_SOON = timedelta(days=7)


def register(app: App) -> None:
    """A page of the app's own, and a panel on the page of each of its executions."""
    app.page("", title="Game servers", template="servers.html", icon="server")(servers_page)
    app.panel("execution", title="Servers and users", template="related.html")(related_panel)
    app.action("send-again")(send_again)


def servers_page(asked: Asked) -> Mapping[str, Any]:
    """The figures, what is overdue, and the mails that were given up."""
    with asked.services.database.reading() as connection:
        return {
            "figures": figures(connection, asked.now),
            "retention": desk.settings.retention_days,
            "has_panel": desk.settings.panel_url is not None,
            "has_mail": desk.settings.mail_url is not None,
            "parked": _parked(connection),
            "overdue": _overdue(connection, asked.now),
        }


def figures(connection: Connection, now: datetime) -> dict[str, int]:
    """How many there are of each."""
    active, expired = (servers.c.status == one.value for one in (ServerStatus.ACTIVE, ServerStatus.EXPIRED))
    cutoff = now - timedelta(days=desk.settings.retention_days)
    counted: dict[str, Any] = {
        "active": select(func.count()).where(active, servers.c.expires_at > now),
        "soon": select(func.count()).where(active, servers.c.expires_at > now, servers.c.expires_at <= now + _SOON),
        "overdue": select(func.count()).where(active, servers.c.expires_at <= now),
        "expired": select(func.count()).where(expired),
        "deletable": select(func.count()).where(expired, servers.c.expires_at <= cutoff),
        "waiting": select(func.count()).where(emails.c.status == MailStatus.PENDING.value),
        "parked": select(func.count()).where(emails.c.status == MailStatus.PARKED.value),
    }
    return {name: connection.scalar(query) or 0 for name, query in counted.items()}


def _parked(connection: Connection) -> list[Any]:
    query = select(emails).where(emails.c.status == MailStatus.PARKED.value).order_by(emails.c.id.desc())
    return list(connection.execute(query.limit(_SHOWN)))


def _overdue(connection: Connection, now: datetime) -> list[Any]:
    query = select(servers, users.c.name.label("owner")).join(users, users.c.id == servers.c.user_id)
    late = query.where(servers.c.status == ServerStatus.ACTIVE.value, servers.c.expires_at <= now)
    return list(connection.execute(late.order_by(servers.c.expires_at).limit(_SHOWN)))


def send_again(asked: Asked) -> str:
    """Give a parked mail all its attempts once more."""
    text = asked.form["email"]
    id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
    with asked.services.tools.changing(asked.actor) as change:
        done = change.connection.execute(
            update(emails)
            .where(emails.c.id == id, emails.c.status == MailStatus.PARKED.value)
            .values(status=MailStatus.PENDING.value, attempts=0, next_attempt_at=None)
        )
        if done.rowcount != 1:
            raise NotFound("This mail is not parked any more")
        change.record("gamehost.send-again", "email", str(id))
    return "The mail goes out with the next run of SendEmails"


def related_panel(asked: Asked) -> Mapping[str, Any] | None:
    """The servers and users that the log lines of one of our executions name."""
    if asked.subject is None or asked.subject.task not in TYPES:
        return None
    lines = asked.services.executions.logs(asked.subject.id, limit=_READ)
    with asked.services.database.reading() as connection:
        found = related(lines, read_names(connection, lines))
    return {"related": found[:_SHOWN], "more": max(len(found) - _SHOWN, 0)} if found else None
