"""The task that carries every notice to its channel."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select
from typing_extensions import TypedDict

from orario import Context, GiveUp
from orario.apps.notify.channels import reach
from orario.apps.notify.desk import desk
from orario.apps.notify.failures import NotSent
from orario.apps.notify.sending import send as send_now
from orario.apps.notify.tables import health


class Composed(TypedDict):
    """A message in every form that a channel may want."""

    subject: str
    text: str
    html: str
    data: dict[str, Any]


def send(
    context: Context, notice: UUID | None = None, channel: str = "", message: Composed | None = None
) -> dict[str, str]:
    """Send a notice to a channel; every attempt of it carries the same key."""
    if notice is None or message is None:
        raise GiveUp("notices are opened by what happens; `orario notify test CHANNEL` sends one by hand")
    database, now = context.services.database, context.services.tools.clock.now()
    with database.reading() as connection:
        to = reach(connection, channel, desk.settings, desk.vault)
    if to is None:
        raise GiveUp(f"there is no channel {channel} any more")
    context.conceal(to.secrets.url, to.secrets.signing or "")  # HTTP clients log whom they call
    try:
        send_now(to, str(notice), dict(message), now)
    except NotSent as error:
        with database.writing() as connection:
            note_failure(connection, channel, error.message, now)
        raise
    with database.writing() as connection:
        note_success(connection, channel, now)
    context.info(f"sent to {channel}", subject=message["subject"])
    return {"channel": channel, "address": to.channel.address}


def note_success(connection: Connection, channel: str, now: datetime) -> None:
    """The channel works."""
    _put(connection, channel, {"sent_at": now, "failures_in_row": 0, "error": None})


def note_failure(connection: Connection, channel: str, error: str, now: datetime) -> None:
    """The channel did not take a message."""
    before = connection.scalar(select(health.c.failures_in_row).where(health.c.channel == channel)) or 0
    _put(connection, channel, {"failed_at": now, "failures_in_row": before + 1, "error": error})


def _put(connection: Connection, channel: str, values: dict[str, Any]) -> None:
    row = connection.execute(select(health).where(health.c.channel == channel)).one_or_none()
    before = {"channel": channel} if row is None else dict(row._mapping)
    connection.execute(delete(health).where(health.c.channel == channel))
    connection.execute(insert(health).values(**{**before, **values}))
