"""Gathers the figures of the last day for the daily report."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from orario import State
from orario.apps.agent.steps import is_status
from orario.apps.agent.tables import credentials, logs, mails, messages, reservations, sessions
from orario.apps.agent.words import MailStatus, MessageStatus, ReservationStatus, SessionStatus

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Figures:
    """What one day was like: sections of labels and numbers, and the messages of each of its hours."""

    since: datetime
    until: datetime
    sections: dict[str, dict[str, int]] = field(default_factory=dict)
    hours: tuple[int, ...] = ()


def gather(connection: Connection, services: Any, until: datetime) -> Figures:
    """The figures of the 24 hours before a moment."""
    since = until - DAY
    stats = services.executions.stats(since, app="agent").counts
    return Figures(
        since,
        until,
        {
            "Conversations": _of_sessions(connection, since, until),
            "Messages": _of_messages(connection, since, until),
            "Reservations": _of_reservations(connection, since, until),
            "Providers": _of_credentials(connection, until),
            "Mails and logs": _of_mails_and_logs(connection, since, until),
            "Jobs": {
                "Succeeded": stats[State.SUCCESS],
                "Failed": stats[State.FAILED] + stats[State.TIMEOUT],
            },
        },
        _hours(connection, since),
    )


def _of_sessions(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    by_status = select(sessions.c.status, func.count()).where(_within(sessions.c.last_activity_at, since, until))
    now = {status: number for status, number in connection.execute(by_status.group_by(sessions.c.status))}
    resolved = _within(sessions.c.resolved_at, since, until), sessions.c.status == SessionStatus.RESOLVED.value
    return {
        "Begun": _count(connection, sessions, _within(sessions.c.started_at, since, until)),
        "Resolved": _count(connection, sessions, *resolved),
        "Open": _count(connection, sessions, sessions.c.status == SessionStatus.OPEN.value),
        "Inactive": _count(connection, sessions, sessions.c.status == SessionStatus.INACTIVE.value),
        "Abandoned": _count(connection, sessions, sessions.c.status == SessionStatus.ABANDONED.value),
        "Ended in an error": now.get(SessionStatus.ERROR.value, 0),
    }


def _of_messages(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    day = _within(messages.c.created_at, since, until)
    return {
        "Received": _count(connection, messages, day),
        "Processed": _count(connection, messages, day, messages.c.status == MessageStatus.PROCESSED.value),
        "Given up": _count(connection, messages, day, messages.c.status == MessageStatus.FAILED.value),
        "Waiting": _count(connection, messages, is_status(messages.c.status, MessageStatus.QUEUED))
        + _count(connection, messages, is_status(messages.c.status, MessageStatus.PROCESSING)),
    }


def _of_reservations(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    confirmed = reservations.c.status == ReservationStatus.CONFIRMED.value
    return {
        "Made": _count(connection, reservations, _within(reservations.c.created_at, since, until)),
        "Of the day": _count(connection, reservations, _within(reservations.c.starts_at, since, until), confirmed),
        "In the next 24 hours": _count(
            connection, reservations, _within(reservations.c.starts_at, until, until + DAY), confirmed
        ),
    }


def _of_credentials(connection: Connection, until: datetime) -> dict[str, int]:
    return {
        "Valid": _count(connection, credentials, credentials.c.is_valid.is_(True)),
        "Invalid": _count(connection, credentials, credentials.c.is_valid.is_(False)),
        "Expire within a week": _count(
            connection, credentials, _within(credentials.c.expires_at, until, until + 7 * DAY)
        ),
    }


def _of_mails_and_logs(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    grave = func.upper(logs.c.level).in_(["ERROR", "FATAL", "CRITICAL"])
    return {
        "Mails sent": _count(
            connection, mails, _within(mails.c.created_at, since, until), mails.c.status == MailStatus.SENT.value
        ),
        "Mails refused": _count(
            connection, mails, _within(mails.c.created_at, since, until), mails.c.status == MailStatus.REFUSED.value
        ),
        "Errors logged": _count(connection, logs, _within(logs.c.at, since, until), grave),
    }


def _hours(connection: Connection, since: datetime) -> tuple[int, ...]:
    """Messages in each of the 24 hours."""
    counts = []
    for hour in range(24):
        start = since + timedelta(hours=hour)
        counts.append(_count(connection, messages, _within(messages.c.created_at, start, start + timedelta(hours=1))))
    return tuple(counts)


def _within(column: ColumnElement[Any], since: datetime, until: datetime) -> ColumnElement[bool]:
    return (column >= since) & (column < until)


def _count(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
