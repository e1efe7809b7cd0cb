"""Looks after messages that nobody has processed: hands them over, frees those that hang, gives up some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from sqlalchemy import ColumnElement, Connection, case, func, select, update

from orario import Context
from orario.apps.agent.calling import UNANSWERED, calling, words_of
from orario.apps.agent.desk import desk
from orario.apps.agent.steps import is_status
from orario.apps.agent.tables import messages
from orario.apps.agent.telling import tell
from orario.apps.agent.together import together
from orario.apps.agent.words import MessageStatus

_AT_ONCE = 200
_HANDED_AT_ONCE = 8
_QUEUED = is_status(messages.c.status, MessageStatus.QUEUED)
_TAKEN = is_status(messages.c.status, MessageStatus.PROCESSING)


@dataclass
class Handled:
    """What became of the messages of one run."""

    processed: int = 0
    requeued: int = 0
    given_up: int = 0


async def check_unprocessed_messages(context: Context) -> dict[str, int]:
    """Send what waits to ORARIO_AGENT_MESSAGES_URL; put what hangs back in line; give up what fails too often."""
    database, settings = context.services.database, desk.settings
    now = context.services.tools.clock.now()
    stuck_before = now - timedelta(minutes=settings.orario_agent_messages_minutes)
    handled = Handled()
    waiting = await database.fetch(_count, stuck_before, str(context.execution_id))
    context.progress.expect(sum(waiting))
    while some := await database.transact(_free, context, stuck_before):
        handled.requeued += some[0]
        handled.given_up += some[1]
    if settings.orario_agent_messages_url is not None:
        await _hand_over(context, settings.orario_agent_messages_url.get_secret_value(), handled)
    else:
        context.progress.advance(sum(waiting))
    left = await database.fetch(_oldest)
    _say(context, handled, *left)
    return {
        "found": sum(waiting),
        "processed": handled.processed,
        "requeued": handled.requeued,
        "failed": handled.given_up,
        "waiting": left[0],
    }


async def _hand_over(context: Context, url: str, handled: Handled) -> None:
    """Each that waits once: taken, sent, noted. Who sees one twice knows it by its Idempotency-Key."""
    database, after = context.services.database, 0
    context.conceal(url)
    async with calling(desk.settings) as client:
        while rows := await database.transact(_take, context, after):
            after = rows[-1].id
            await together(_hand_over_one(context, client, url, row, handled) for row in rows)


async def _hand_over_one(
    context: Context, client: aiohttp.ClientSession, url: str, row: Any, handled: Handled
) -> None:
    error = await _sent(client, url, row)
    outcome = await context.services.database.transact(_note, context, row, error)
    handled.processed += outcome is MessageStatus.PROCESSED
    handled.given_up += outcome is MessageStatus.FAILED
    context.progress.advance()
    if error is not None:
        context.progress.fail()
        context.warn("a message was not processed", message=row.id, error=error)


async def _sent(client: aiohttp.ClientSession, url: str, row: Any) -> str | None:
    """None, or what went wrong."""
    body = {
        "id": row.id,
        "sessionId": row.session_id,
        "sender": row.sender,
        "body": row.body,
        "createdAt": row.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    try:
        async with client.post(url, json=body, headers={"Idempotency-Key": f"agent-message-{row.id}"}) as answer:
            return None if answer.ok else f"the answer was {answer.status}"
    except UNANSWERED as error:
        return f"no answer: {words_of(error)}"


def _count(connection: Connection, stuck_before: datetime, me: str) -> tuple[int, int]:
    """How many wait, and how many hang."""
    waiting = select(func.count()).select_from(messages).where(_QUEUED)
    hanging = select(func.count()).select_from(messages).where(*_hangs(stuck_before, me))
    return connection.scalar(waiting) or 0, connection.scalar(hanging) or 0


def _hangs(stuck_before: datetime, me: str) -> tuple[ColumnElement[bool], ...]:
    """Taken long ago; or by an attempt of this very run that was killed."""
    untimed = messages.c.taken_at.is_(None)
    return _TAKEN, (messages.c.taken_at < stuck_before) | (messages.c.taken_by == me) | untimed


def _free(connection: Connection, context: Context, stuck_before: datetime) -> tuple[int, int] | None:
    """Back in line with some of those that hang, or given up; how many of each. None: nothing hangs."""
    hangs = _hangs(stuck_before, str(context.execution_id))
    some = select(messages.c.id, messages.c.attempts).where(*hangs).limit(_AT_ONCE)
    rows = connection.execute(some).all()
    if not rows:
        return None
    most = desk.settings.orario_agent_messages_attempts
    failed = [row.id for row in rows if row.attempts + 1 >= most]
    values = {
        "status": case(
            (messages.c.attempts + 1 >= most, MessageStatus.FAILED.value), else_=MessageStatus.QUEUED.value
        ),
        "attempts": messages.c.attempts + 1,
        "taken_at": None,
        "taken_by": None,
        "error": "it hung while it was processed",
    }
    connection.execute(update(messages).where(messages.c.id.in_([row.id for row in rows]), _TAKEN).values(**values))
    _tell_given_up(context, connection, failed)
    return len(rows) - len(failed), len(failed)


def _take(connection: Connection, context: Context, after: int) -> Sequence[Any]:
    """The next that wait, taken by this run so that nobody else takes them."""
    query = select(messages).where(_QUEUED, messages.c.id > after).order_by(messages.c.id).limit(_HANDED_AT_ONCE)
    rows = connection.execute(query.with_for_update(skip_locked=True)).all()
    now = context.services.tools.clock.now()
    taken = {"status": MessageStatus.PROCESSING.value, "taken_at": now, "taken_by": str(context.execution_id)}
    connection.execute(update(messages).where(messages.c.id.in_([row.id for row in rows])).values(**taken))
    return rows


def _note(connection: Connection, context: Context, row: Any, error: str | None) -> MessageStatus:
    now = context.services.tools.clock.now()
    values: dict[str, Any] = {"attempts": row.attempts + 1, "error": error, "taken_at": None, "taken_by": None}
    if error is None:
        status = MessageStatus.PROCESSED
        values["processed_at"] = now
    elif row.attempts + 1 >= desk.settings.orario_agent_messages_attempts:
        status = MessageStatus.FAILED
        _tell_given_up(context, connection, [row.id])
    else:
        status = MessageStatus.QUEUED
    mine = (messages.c.id == row.id, messages.c.taken_by == str(context.execution_id))
    connection.execute(update(messages).where(*mine).values(status=status.value, **values))
    return status


def _tell_given_up(context: Context, connection: Connection, ids: list[int]) -> None:
    if ids:
        said = f"{len(ids)} messages were given up." if len(ids) > 1 else "A message was given up."
        numbers = ", ".join(map(str, ids[:20]))
        tell(
            context, connection, f"messages:{ids[0]}:{context.execution_id}", said, severity="error", messages=numbers
        )


def _oldest(connection: Connection) -> tuple[int, datetime | None]:
    found = connection.execute(select(func.count(), func.min(messages.c.created_at)).where(_QUEUED)).one()
    return found[0], found[1]


def _say(context: Context, handled: Handled, waiting: int, since: datetime | None) -> None:
    context.info(
        "unprocessed messages checked",
        processed=handled.processed,
        requeued=handled.requeued,
        given_up=handled.given_up,
        waiting=waiting,
    )
    limit = timedelta(minutes=desk.settings.orario_agent_messages_minutes)
    if since is not None and context.services.tools.clock.now() - since > limit:
        context.warn("messages wait in line for too long", waiting=waiting, since=since.isoformat())
