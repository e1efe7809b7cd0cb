"""Sends a test notice to a channel, at once, and keeps how it went."""

import time
from dataclasses import dataclass
from uuid import UUID, uuid4

from orario import NotFound
from orario.apps.notify import notices
from orario.apps.notify.channels import reach
from orario.apps.notify.composing import compose, subject_of
from orario.apps.notify.desk import Desk
from orario.apps.notify.failures import NotSent
from orario.apps.notify.news import News
from orario.apps.notify.notices import Notice
from orario.apps.notify.sending import send
from orario.apps.notify.tasks import note_failure, note_success
from orario.apps.notify.words import SEVERITIES, Kind, Status


@dataclass(frozen=True)
class Tested:
    """How a test went."""

    id: UUID
    error: str | None
    seconds: float


def send_test(desk: Desk, name: str) -> Tested:
    """Raises NotFound when there is no such channel."""
    database, now = desk.services.database, desk.services.tools.clock.now()
    with database.reading() as connection:
        to = reach(connection, name, desk.settings, desk.vault)
    if to is None:
        raise NotFound("There is no such channel")
    id, severity = uuid4(), SEVERITIES[Kind.TEST]
    facts = News(kind=Kind.TEST, about=str(id), sentence=f"This is a test of the channel {name}.", at=now).facts()
    message = compose(str(id), Kind.TEST, severity, facts, desk.public_url)
    started, error = time.monotonic(), None
    try:
        send(to, str(id), message.as_json(), now)
    except NotSent as failure:
        error = failure.message
    with database.writing() as connection:
        note_success(connection, name, now) if error is None else note_failure(connection, name, error, now)
        notice = Notice(
            id=id,
            at=now,
            channel=name,
            kind=Kind.TEST,
            severity=severity,
            rule="",
            status=Status.SENT if error is None else Status.FAILED,
            why=error,
            subject=subject_of(facts),
            facts=facts,
            sent_at=now if error is None else None,
        )
        notices.write(connection, [notice])
    return Tested(id, error, time.monotonic() - started)
