"""Keeps what came in: messages and how far the folder is known, together in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, bindparam, insert, select, update

from orario import Conflict
from orario.apps.lokario.inbox.integrations import Position, move
from orario.apps.lokario.inbox.parsing import Mail
from orario.apps.lokario.tables import attachments, messages


@dataclass(frozen=True)
class Received:
    """A message as it lies in the folder."""

    uid: int
    received_at: datetime | None
    mail: Mail


@dataclass(frozen=True)
class Kept:
    """What came of some messages: some were new, some had been here under another UID."""

    new: int = 0
    known: int = 0

    def __add__(self, other: "Kept") -> "Kept":
        return Kept(self.new + other.new, self.known + other.known)


class Overtaken(Conflict):
    """Another run is reading this mailbox."""


def keep(
    connection: Connection,
    integration: UUID,
    before: Position,
    after: Position,
    received: Sequence[Received],
    now: datetime,
) -> Kept:
    """Write messages down and move on. Raises Overtaken when somebody else has done so already."""
    if not move(connection, integration, before, after):
        raise Overtaken
    known = _moved(connection, integration, after.generation, received) if after.generation > 1 else {}
    if known:
        again = [{"row": known[one.uid], "to": one.uid} for one in received if one.uid in known]
        connection.execute(
            update(messages)
            .where(messages.c.id == bindparam("row"))
            .values(uid=bindparam("to"), generation=after.generation),
            again,
        )
    fresh = [(uuid4(), one) for one in received if one.uid not in known]
    if fresh:
        connection.execute(insert(messages), [_row(id, integration, after.generation, one, now) for id, one in fresh])
    files = [row for id, one in fresh for row in _files(id, one.mail)]
    if files:
        connection.execute(insert(attachments), files)
    return Kept(len(fresh), len(known))


def _moved(
    connection: Connection, integration: UUID, generation: int, received: Sequence[Received]
) -> dict[int, UUID]:
    """Which of these, by UID, are here already under a UID of an earlier generation; copies are told apart."""
    marks = {one.mail.fingerprint for one in received}
    query = (
        select(messages.c.fingerprint, messages.c.id)
        .where(
            messages.c.integration_id == integration,
            messages.c.generation < generation,
            messages.c.fingerprint.in_(marks),
        )
        .order_by(messages.c.uid)
    )
    there: dict[str, list[UUID]] = defaultdict(list)
    for mark, id in connection.execute(query):
        there[mark].append(id)
    found = {}
    for one in received:
        if there[one.mail.fingerprint]:
            found[one.uid] = there[one.mail.fingerprint].pop(0)
    return found


def _row(id: UUID, integration: UUID, generation: int, one: Received, now: datetime) -> dict[str, Any]:
    mail = one.mail
    return {
        "id": id,
        "integration_id": integration,
        "generation": generation,
        "uid": one.uid,
        "fingerprint": mail.fingerprint,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "sender": mail.sender,
        "sender_name": mail.sender_name,
        "recipients": list(mail.recipients),
        "sent_at": mail.sent_at,
        "received_at": one.received_at,
        "size": mail.size,
        "text": mail.text,
        "attachment_count": len(mail.attachments),
        "problem": mail.problem,
        "synced_at": now,
    }


def _files(id: UUID, mail: Mail) -> list[dict[str, Any]]:
    return [
        {
            "message_id": id,
            "position": position,
            "filename": one.filename,
            "content_type": one.content_type,
            "size": one.size,
            "content_id": one.content_id,
            "is_inline": one.is_inline,
        }
        for position, one in enumerate(mail.attachments)
    ]
