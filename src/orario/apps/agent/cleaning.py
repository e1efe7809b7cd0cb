"""Deletes what is older than the settings allow: sessions with their messages, messages, logs, credentials."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from orario import Context
from orario.apps.agent.desk import desk
from orario.apps.agent.steps import Walk, count, in_steps
from orario.apps.agent.tables import credentials, logs, mails, messages, sessions
from orario.apps.agent.words import MailStatus, SessionStatus

_MAILS_KEPT = timedelta(days=90)


def cleanup_resolved_sessions(context: Context) -> dict[str, int]:
    """Delete sessions that were resolved more than CRON_CLEANUP_RESOLVED_SESSIONS_DAYS ago, with their messages."""
    before = _before(context, days=desk.settings.cron_cleanup_resolved_sessions_days)
    # One that says nothing of when it was resolved counts from its last word.
    resolved = sessions.c.status == SessionStatus.RESOLVED.value
    untimed = sessions.c.resolved_at.is_(None) & (sessions.c.last_activity_at < before)
    return _delete_sessions(context, before, resolved, or_(sessions.c.resolved_at < before, untimed))


def cleanup_old_sessions(context: Context) -> dict[str, int]:
    """Delete sessions without activity for CRON_CLEANUP_OLD_SESSIONS_DAYS, whatever became of them."""
    before = _before(context, days=desk.settings.cron_cleanup_old_sessions_days)
    return _delete_sessions(context, before, sessions.c.last_activity_at < before)


def cleanup_old_messages(context: Context) -> dict[str, int]:
    """Delete messages that are older than CRON_CLEANUP_OLD_MESSAGES_DAYS."""
    before = _before(context, days=desk.settings.cron_cleanup_old_messages_days)
    return {"deleted": _delete(context, "messages", messages, messages.c.created_at, before)}


def cleanup_old_logs(context: Context) -> dict[str, int]:
    """Delete application logs that are older than CRON_CLEANUP_OLD_LOGS_DAYS, and mails long dealt with."""
    before = _before(context, days=desk.settings.cron_cleanup_old_logs_days)
    deleted = _delete(context, "log lines", logs, logs.c.at, before)
    ended = mails.c.status != MailStatus.WAITING.value
    forgotten = _delete(context, "mails", mails, mails.c.created_at, _now(context) - _MAILS_KEPT, ended)
    return {"deleted": deleted, "mails": forgotten}


def cleanup_expired_credentials(context: Context) -> dict[str, int]:
    """Delete credentials whose time is over."""
    expired = credentials.c.expires_at < _now(context)
    with context.services.database.reading() as connection:
        query = select(credentials.c.name, credentials.c.provider, credentials.c.expires_at).where(expired)
        for name, provider, at in connection.execute(query.order_by(credentials.c.expires_at).limit(100)):
            context.info("credential has expired", name=name, provider=provider, expired=at.isoformat())
    return {"deleted": _delete(context, "credentials", credentials, credentials.c.expires_at, _now(context))}


def _delete(
    context: Context,
    what: str,
    table: Table,
    column: ColumnElement[Any],
    before: datetime,
    *conditions: ColumnElement[bool],
) -> int:
    old = (column < before, *conditions)
    context.progress.foresee(count(context, table, *old))
    deleted = 0
    try:
        for step in in_steps(context, Walk(table, column, *old).delete):
            deleted += step
            context.progress.advance(step)
    finally:
        context.info(f"old {what} deleted", deleted=deleted, before=before.isoformat())
    return deleted


def _delete_sessions(context: Context, before: datetime, *conditions: ColumnElement[bool]) -> dict[str, int]:
    context.progress.expect(count(context, sessions, *conditions))
    found = _Sessions(*conditions)
    try:
        for _ in in_steps(context, found.delete_some):
            context.progress.advance(found.deleted - context.progress.processed)
    finally:
        context.info("sessions deleted", deleted=found.deleted, messages=found.messages, before=before.isoformat())
    return {"deleted": found.deleted, "messages": found.messages}


class _Sessions:
    """Those of some conditions, being deleted: first their messages, which may be many, then they themselves."""

    def __init__(self, *conditions: ColumnElement[bool]) -> None:
        self._walk = Walk(sessions, sessions.c.last_activity_at, *conditions)
        self.deleted = self.messages = 0

    def delete_some(self, connection: Connection, size: int) -> int:
        ids = self._walk.some(connection, size)
        if not ids:
            return 0
        theirs = select(messages.c.id).where(messages.c.session_id.in_(ids)).limit(size)
        gone = connection.execute(delete(messages).where(messages.c.id.in_(theirs))).rowcount
        self.messages += gone
        if gone == size:  # there may be more
            return gone
        still = (sessions.c.id.in_(ids), *self._walk.conditions)
        self.deleted += connection.execute(delete(sessions).where(*still)).rowcount
        return gone + len(ids)


def _now(context: Context) -> datetime:
    now: datetime = context.services.tools.clock.now()
    return now


def _before(context: Context, days: int) -> datetime:
    return _now(context) - timedelta(days=days)
