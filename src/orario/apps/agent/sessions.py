"""Looks after conversations: marks those that went quiet, collects those that broke, and tells of both."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, or_, select, update

from orario import Context
from orario.apps.agent.desk import desk
from orario.apps.agent.steps import Walk, count, in_steps
from orario.apps.agent.tables import sessions
from orario.apps.agent.telling import some_of, tell
from orario.apps.agent.words import SessionStatus

_TOLD_AT_ONCE = 1000  # sessions in one notice
_SENTENCES = {  # of one, and of several
    SessionStatus.INACTIVE: ("A conversation went quiet.", "{} conversations went quiet."),
    SessionStatus.ABANDONED: ("A conversation was abandoned.", "{} conversations were abandoned."),
    SessionStatus.ERROR: ("A conversation ended in an error.", "{} conversations ended in an error."),
}


def check_inactive_sessions(context: Context) -> dict[str, int]:
    """Mark open sessions without activity for CRON_CLEANUP_INACTIVE_SESSIONS_HOURS as inactive, and tell of them."""
    before = _before(context, desk.settings.cron_cleanup_inactive_sessions_hours)
    marked = _mark(context, SessionStatus.INACTIVE, before, SessionStatus.OPEN)
    return {"marked": marked, "told": _tell(context, SessionStatus.INACTIVE)}


def check_abandoned_sessions(context: Context) -> dict[str, int]:
    """Mark sessions without activity for CRON_CLEANUP_ABANDONED_SESSIONS_HOURS as abandoned, and tell of them."""
    before = _before(context, desk.settings.cron_cleanup_abandoned_sessions_hours)
    marked = _mark(context, SessionStatus.ABANDONED, before, SessionStatus.OPEN, SessionStatus.INACTIVE)
    return {"marked": marked, "told": _tell(context, SessionStatus.ABANDONED)}


def check_error_sessions(context: Context) -> dict[str, int]:
    """Collect the sessions that broke since the last look into one notice."""
    context.progress.expect(count(context, sessions, *_untold(SessionStatus.ERROR)))
    return {"told": _tell(context, SessionStatus.ERROR)}


def _mark(context: Context, status: SessionStatus, before: datetime, *found_as: SessionStatus) -> int:
    quiet = (sessions.c.status.in_([one.value for one in found_as]), sessions.c.last_activity_at < before)
    walk = Walk(sessions, sessions.c.last_activity_at, *quiet)

    def mark_some(connection: Connection, size: int) -> int:
        if not (ids := walk.some(connection, size)):
            return 0
        # A word that comes in meanwhile makes it lively again: the conditions are asked once more.
        change = update(sessions).where(sessions.c.id.in_(ids), *quiet).values(status=status.value, told=None)
        return connection.execute(change).rowcount

    context.progress.expect(count(context, sessions, *quiet))
    marked = 0
    for step in in_steps(context, mark_some):
        marked += step
        context.progress.advance(step)
    context.info(f"sessions marked {status}", marked=marked, before=before.isoformat())
    return marked


def _tell(context: Context, status: SessionStatus) -> int:
    """One notice for all that nobody was told of; for thousands, one for each thousand."""
    told = 0
    while True:
        with context.services.database.writing() as connection:
            found = _tell_some(context, connection, status)
        told += found
        if found < _TOLD_AT_ONCE:
            return told
        context.check()


def _tell_some(context: Context, connection: Connection, status: SessionStatus) -> int:
    query = select(sessions.c.id, sessions.c.customer, sessions.c.error).where(*_untold(status))
    rows = connection.execute(query.order_by(sessions.c.id).limit(_TOLD_AT_ONCE)).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    connection.execute(update(sessions).where(sessions.c.id.in_(ids)).values(told=status.value))
    errors = [f"{row.customer}: {row.error or 'no error was noted'}" for row in rows]
    is_error = status is SessionStatus.ERROR
    tell(
        context,
        connection,
        f"sessions:{status}:{ids[0]}:{context.execution_id}",
        _SENTENCES[status][len(rows) > 1].format(len(rows)),
        severity="error" if is_error else "info",
        error="\n".join(errors[:20]) if is_error else None,
        customers=some_of([row.customer for row in rows]),
    )
    log = context.warn if is_error else context.info
    log(f"told of sessions: {status}", count=len(rows), customers=some_of([row.customer for row in rows]))
    if is_error:
        context.progress.advance(len(rows))
    return len(rows)


def _untold(status: SessionStatus) -> tuple[ColumnElement[bool], ...]:
    return sessions.c.status == status.value, or_(sessions.c.told.is_(None), sessions.c.told != status.value)


def _before(context: Context, hours: int) -> datetime:
    now: datetime = context.services.tools.clock.now()
    return now - timedelta(hours=hours)
