"""The agent's page on the dashboard: how conversations, mails and credentials stand, and what needs a person."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, literal, select, update

from orario import App, Asked, Moment, NotFound
from orario.apps.agent import process, standing
from orario.apps.agent.desk import desk
from orario.apps.agent.report import KIND as REPORT
from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.steps import is_status
from orario.apps.agent.tables import alerts, credentials, mails, messages, reservations, sessions
from orario.apps.agent.words import MailStatus, MessageStatus, ReservationStatus, SessionStatus

_SHOWN = 50
_MIB = 1024 * 1024
_DAY, _LONG = timedelta(days=1), timedelta(days=7)


def register(app: App) -> None:
    app.page("", title="AI agent", template="agent.html", icon="people")(agent_page)
    app.action("send-again")(send_again)


def agent_page(asked: Asked) -> Mapping[str, Any]:
    """The figures, what is wrong, and what is switched off."""
    settings = desk.settings
    with asked.services.database.reading() as connection:
        return {
            "jobs": how_jobs_stand(asked.services),
            "figures": figures(connection, asked),
            "alerts": list(connection.execute(select(alerts).order_by(alerts.c.since).limit(_SHOWN))),
            "invalid": _invalid(connection),
            "broken": _of_sessions(connection, SessionStatus.ERROR),
            "refused": _refused(connection),
            "has_mail": settings.orario_agent_mail_url is not None,
            "off": [(one.slug, off) for one in PLANNED if (off := one.switch_off(settings)) is not None],
        }


def how_jobs_stand(services: Any) -> dict[str, Any]:
    """What the documented status, health and metrics say, for people."""
    found = standing.look(services)
    succeeded, failed, average = standing.counts(services)
    return {
        "active": found.active,
        "all": len(found.views),
        "next": found.next_run,
        "last": found.last_run,
        "succeeded": succeeded,
        "failed": failed,
        "average": average / 1000,
        "error": standing.last_error(services),
        "uptime": process.uptime(),
        "memory": round(process.memory().total / _MIB),
        "cpu": sum(process.cpu_microseconds()) / 1_000_000,
    }


def figures(connection: Connection, asked: Asked) -> dict[str, int]:
    """How many there are of each."""
    confirmed = reservations.c.status == ReservationStatus.CONFIRMED.value
    coming = (reservations.c.starts_at > asked.now, reservations.c.starts_at <= asked.now + _DAY)
    counted: dict[str, Any] = {
        "open": select(func.count()).where(sessions.c.status == SessionStatus.OPEN.value),
        "quiet": select(func.count()).where(
            sessions.c.status.in_([SessionStatus.INACTIVE.value, SessionStatus.ABANDONED.value])
        ),
        "broken": select(func.count()).where(sessions.c.status == SessionStatus.ERROR.value),
        "queued": select(func.count()).where(is_status(messages.c.status, MessageStatus.QUEUED)),
        "processing": select(func.count()).where(is_status(messages.c.status, MessageStatus.PROCESSING)),
        "coming": select(func.count()).where(confirmed, *coming),
        "credentials": select(func.count()).select_from(credentials),
        "invalid": select(func.count()).where(credentials.c.is_valid.is_(False)),
        "waiting": select(func.count()).where(is_status(mails.c.status, MailStatus.WAITING)),
        "refused": select(func.count()).where(mails.c.status == MailStatus.REFUSED.value),
    }
    return {name: connection.scalar(query) or 0 for name, query in counted.items()}


def send_again(asked: Asked) -> str:
    """Let a refused mail be tried once more."""
    try:
        id = UUID(asked.form.get("mail", ""))
    except ValueError:
        raise NotFound("There is no such mail") from None
    with asked.services.tools.changing(asked.actor) as change:
        is_report = mails.c.kind == REPORT
        refused = (mails.c.id == id, mails.c.status == MailStatus.REFUSED.value)
        is_in_time = is_report | (mails.c.expires_at > change.now)  # a reminder of what has begun reminds nobody
        until = case((is_report, literal(change.now + _LONG, Moment)), else_=mails.c.expires_at)
        values = {"status": MailStatus.WAITING.value, "expires_at": until, "error": None}
        if change.connection.execute(update(mails).where(*refused, is_in_time).values(**values)).rowcount != 1:
            raise NotFound("This mail is not refused any more, or it is too late for it")
        change.record("agent.send-again", "mail", id)
    return "The mail goes out with the next run of its job"


def _invalid(connection: Connection) -> list[Any]:
    columns = (credentials.c.name, credentials.c.provider, credentials.c.error, credentials.c.checked_at)
    query = select(*columns).where(credentials.c.is_valid.is_(False)).order_by(credentials.c.name)
    return list(connection.execute(query.limit(_SHOWN)))


def _of_sessions(connection: Connection, status: SessionStatus) -> list[Any]:
    query = select(sessions).where(sessions.c.status == status.value).order_by(sessions.c.last_activity_at.desc())
    return list(connection.execute(query.limit(_SHOWN)))


def _refused(connection: Connection) -> list[Any]:
    columns = (mails.c.id, mails.c.subject, mails.c.recipient, mails.c.error)
    query = select(*columns).where(mails.c.status == MailStatus.REFUSED.value).order_by(mails.c.created_at.desc())
    return list(connection.execute(query.limit(_SHOWN)))
