"""The agent's mails: written down first, then sent, each under a Message-ID that stays the same.

A mail is in the table before the server sees it. Who is killed between the server's yes and our note of it sends it
once more, under the same Message-ID: at least once, and mail programs that look at the id show it once.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Connection, func, insert, select, update

from orario import Context, OrarioError
from orario.apps.agent.steps import is_status
from orario.apps.agent.tables import mails
from orario.apps.agent.words import MailStatus
from orario.mail import Attachment, Letter, Line, Mailbox, MailRefused, message_id_of

_AT_ONCE = 100
_LONGEST_ERROR = 500
_DOMAIN = "agent.orario.invalid"


class NotAllSent(OrarioError):
    """Some mails wait for the mail server."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A mail to be; `key` says what it is about: a second one about the same is not written."""

    key: str
    kind: str
    recipient: str
    subject: str
    text: str
    html: str | None = None
    attachments: Sequence[Attachment] = ()
    expires_at: datetime

    @property
    def id(self) -> UUID:
        return uuid5(NAMESPACE_URL, f"orario:agent:mail:{self.key}")


@dataclass
class Posted:
    """What became of the mails of one run."""

    sent: int = 0
    refused: int = 0
    dropped: int = 0
    waiting: int = 0
    last_error: str | None = field(default=None, repr=False)

    def as_result(self) -> dict[str, int]:
        return {"sent": self.sent, "refused": self.refused, "dropped": self.dropped}


def write(connection: Connection, drafts: Sequence[Draft], now: datetime) -> int:
    """Put drafts into the table, those that are there already aside; how many are new."""
    known = set(connection.scalars(select(mails.c.id).where(mails.c.id.in_([one.id for one in drafts]))))
    new = {one.id: one for one in drafts if one.id not in known}
    if new:
        connection.execute(insert(mails), [_row(one, now) for one in new.values()])
    return len(new)


def drop_late(connection: Connection, kind: str, now: datetime) -> int:
    """What waits and is of no use any more is not sent."""
    late = (is_status(mails.c.status, MailStatus.WAITING), mails.c.kind == kind, mails.c.expires_at <= now)
    change = update(mails).where(*late).values(status=MailStatus.DROPPED.value, error="too late")
    return connection.execute(change).rowcount


async def post(context: Context, mailbox: Mailbox, kind: str) -> Posted:
    """Send all mails of a kind that wait. Raises NotAllSent when the server would have some later or not now."""
    database, clock = context.services.database, context.services.tools.clock
    posted = Posted(dropped=await database.transact(drop_late, kind, clock.now()))
    try:
        async with mailbox.opened() as line:
            async for row in _waiting(context, kind):
                await _hand_in(context, line, row, posted)
    except MailRefused as error:  # nobody is there
        posted.last_error = error.message
    posted.waiting = await database.fetch(_count_waiting, kind)
    if posted.waiting:
        raise NotAllSent(f"{posted.waiting} mails wait for the mail server: {posted.last_error}")
    return posted


async def _hand_in(context: Context, line: Line, row: Any, posted: Posted) -> None:
    database, clock = context.services.database, context.services.tools.clock
    try:
        await line.send(_letter(row))
    except MailRefused as error:
        posted.last_error = error.message
        context.progress.fail()
        if not error.permanent:
            await database.transact(_note, row.id, {"attempts": row.attempts + 1, "error": _short(error.message)})
            context.warn("the mail server will not have it now", mail=str(row.id), error=error.message)
            return
        values = {"status": MailStatus.REFUSED.value, "error": _short(error.message), "attempts": row.attempts + 1}
        await database.transact(_note, row.id, values)
        posted.refused += 1
        context.error("a mail was refused for good", recipient=row.recipient, error=error.message)
    else:
        values = {
            "status": MailStatus.SENT.value,
            "sent_at": clock.now(),
            "attempts": row.attempts + 1,
            "error": None,
        }
        await database.transact(_note, row.id, values)
        posted.sent += 1
        context.info("mail sent", recipient=row.recipient, subject=row.subject, message_id=row.message_id)
    context.progress.advance()


async def _waiting(context: Context, kind: str) -> AsyncIterator[Any]:
    """Each that waits once, in the order of their ids; what is put off is not asked for again in this run."""
    after = UUID(int=0)
    while rows := await context.services.database.fetch(_some_waiting, kind, after):
        for row in rows:
            yield row
        after = rows[-1].id


def _some_waiting(connection: Connection, kind: str, after: UUID) -> Sequence[Any]:
    waiting = (is_status(mails.c.status, MailStatus.WAITING), mails.c.kind == kind, mails.c.id > after)
    return connection.execute(select(mails).where(*waiting).order_by(mails.c.id).limit(_AT_ONCE)).all()


def _count_waiting(connection: Connection, kind: str) -> int:
    waiting = (is_status(mails.c.status, MailStatus.WAITING), mails.c.kind == kind)
    return connection.scalar(select(func.count()).select_from(mails).where(*waiting)) or 0


def _note(connection: Connection, id: UUID, values: Mapping[str, Any]) -> None:
    connection.execute(update(mails).where(mails.c.id == id).values(**values))


def _row(one: Draft, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "key": one.key,
        "kind": one.kind,
        "recipient": one.recipient,
        "message_id": message_id_of("agent", one.key, domain=_DOMAIN),
        "subject": one.subject,
        "text": one.text,
        "html": one.html,
        "attachments": [
            {"name": file.name, "type": file.mime_type, "base64": base64.b64encode(file.content).decode()}
            for file in one.attachments
        ],
        "created_at": now,
        "expires_at": one.expires_at,
    }


def _letter(row: Any) -> Letter:
    files = [Attachment(one["name"], base64.b64decode(one["base64"]), one["type"]) for one in row.attachments]
    return Letter(row.recipient, row.subject, row.text, row.html, row.message_id, attachments=files)


def _short(text: str) -> str:
    return text[:_LONGEST_ERROR]
