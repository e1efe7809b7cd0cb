"""Fills the agent's tables with a month of a restaurant's conversations, and empties them of it again."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select

from orario.apps.agent.demo.phrases import ANSWERS, ERRORS, LOGGED, PEOPLE, PLACES, QUESTIONS
from orario.apps.agent.tables import credentials, logs, messages, reservations, sessions
from orario.apps.agent.words import MessageStatus, ReservationStatus, SessionStatus

_MARK = "demo"
_DOMAIN = "@guests.demo.example"
_SESSIONS, _RESERVATIONS, _LOGS = 160, 48, 400
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)

# What is the demonstration's, and nobody else's.
_OURS: dict[Table, ColumnElement[bool]] = {
    messages: messages.c.session_id.in_(select(sessions.c.id).where(sessions.c.channel == _MARK)),
    sessions: sessions.c.channel == _MARK,
    reservations: reservations.c.email.endswith(_DOMAIN),
    credentials: credentials.c.name.startswith(f"{_MARK}-"),
    logs: logs.c.source == _MARK,
}


def load(services: Any) -> Mapping[str, int]:
    """Put in what is missing; how many rows of each kind."""
    now, luck = services.tools.clock.now(), Random(7)
    with services.database.writing() as connection:
        made = {
            "sessions": _put(connection, sessions, [_session(now, luck, at) for at in range(_SESSIONS)]),
            "reservations": _put(
                connection, reservations, [_reservation(now, luck, at) for at in range(_RESERVATIONS)]
            ),
            "credentials": _put(connection, credentials, _credentials(services, now)),
            "logs": _put(connection, logs, [_log(now, luck) for _ in range(_LOGS)]),
        }
        made["messages"] = _put(connection, messages, _messages(connection, luck)) if made["sessions"] else 0
    return made


def remove(services: Any) -> Mapping[str, int]:
    """Take it out again."""
    with services.database.writing() as connection:
        return {
            table.name.removeprefix("agent_"): connection.execute(delete(table).where(ours)).rowcount
            for table, ours in _OURS.items()
        }


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if connection.scalar(select(func.count()).select_from(table).where(_OURS[table])):
        return 0
    connection.execute(insert(table), rows)
    return len(rows)


def _session(now: datetime, luck: Random, at: int) -> dict[str, Any]:
    age = luck.choice((_HOUR, 30 * _HOUR, 3 * _DAY, 40 * _DAY, 200 * _DAY)) * luck.uniform(0.1, 1)
    last = now - age
    if age < 12 * _HOUR or at % 4 == 0:
        status = SessionStatus.OPEN
    else:
        status = SessionStatus.ERROR if at % 9 == 0 else SessionStatus.RESOLVED
    return {
        "customer": luck.choice(PEOPLE),
        "channel": _MARK,
        "status": status.value,
        "error": luck.choice(ERRORS) if status is SessionStatus.ERROR else None,
        "started_at": last - luck.uniform(0.05, 2) * _HOUR,
        "last_activity_at": last,
        "resolved_at": last if status is SessionStatus.RESOLVED else None,
    }


def _messages(connection: Connection, luck: Random) -> list[dict[str, Any]]:
    """Some for every conversation; a few of the last ones wait, and a few hang."""
    found = connection.execute(select(sessions).where(sessions.c.channel == _MARK).order_by(sessions.c.id)).all()
    return [_message(row, luck, at) for row in found for at in range(luck.randint(2, 12))]


def _message(row: Any, luck: Random, at: int) -> dict[str, Any]:
    is_answer = at % 2 == 1
    moment = row.started_at + (row.last_activity_at - row.started_at) * luck.random()
    status = MessageStatus.PROCESSED
    if row.status == SessionStatus.OPEN.value and not is_answer:
        status = luck.choice((MessageStatus.PROCESSED, MessageStatus.QUEUED, MessageStatus.PROCESSING))
    return {
        "session_id": row.id,
        "sender": "agent" if is_answer else "customer",
        "body": luck.choice(ANSWERS if is_answer else QUESTIONS),
        "status": status.value,
        "created_at": moment,
        "taken_at": moment if status is MessageStatus.PROCESSING else None,
        "processed_at": moment if status is MessageStatus.PROCESSED else None,
    }


def _reservation(now: datetime, luck: Random, at: int) -> dict[str, Any]:
    ahead = timedelta(minutes=20 + 12 * at) if at < 8 else luck.uniform(-5, 5) * _DAY
    return {
        "customer": luck.choice(PEOPLE),
        "email": f"guest{at}{_DOMAIN}",
        "place": luck.choice(PLACES),
        "party": luck.randint(1, 8),
        "starts_at": now + ahead,
        "timezone": None,
        "status": (ReservationStatus.CANCELLED if at % 7 == 6 else ReservationStatus.CONFIRMED).value,
        "created_at": now - luck.uniform(0.01, 3) * _DAY,
    }


def _credentials(services: Any, now: datetime) -> list[dict[str, Any]]:
    ends = {"demo-maps": -2 * _DAY, "demo-sms": -_HOUR, "demo-calendar": 3 * _DAY}
    common = {"secret": services.sealing.seal("a secret of the demonstration"), "created_at": now, "updated_at": now}
    return [
        {"name": name, "provider": f"{name.removeprefix('demo-')}.example", "expires_at": now + end, **common}
        for name, end in ends.items()
    ]


def _log(now: datetime, luck: Random) -> dict[str, Any]:
    level, message = luck.choice(LOGGED)
    return {
        "at": now - luck.random() * 60 * _DAY,
        "level": level,
        "source": _MARK,
        "message": message,
        "details": None,
    }
