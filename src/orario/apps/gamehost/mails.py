"""The e-mail queue: a mail is claimed, sent, and then marked; what a dead run left half-way goes out again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from orario.apps.gamehost.tables import emails
from orario.apps.gamehost.words import MailKind, MailStatus
from orario.mail import message_id_of

_LONGEST_ERROR = 2000
_AT_ONCE = 100_000  # in one run; the next one is five minutes away


@dataclass(frozen=True)
class NewMail:
    """A mail to be queued."""

    to_address: str
    subject: str
    text: str
    html: str | None = None
    kind: MailKind = MailKind.OTHER
    game_server_id: str | None = None
    about: datetime | None = None
    user_id: str | None = None


@dataclass(frozen=True)
class Mail:
    """A mail that this run has claimed."""

    id: int
    to_address: str
    subject: str
    text: str
    html: str | None
    kind: str
    game_server_id: str | None
    user_id: str | None
    attempts: int
    message_id: str

    @property
    def whose(self) -> dict[str, str | None]:
        """What a log line of this mail carries."""
        return {"gameServerId": self.game_server_id, "userId": self.user_id}


def queue(connection: Connection, new: Iterable[NewMail], now: datetime) -> None:
    """Queue these mails; a warning that was written already stays one."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [{**asdict(mail), "kind": mail.kind.value, "created_at": now} for mail in new]
    if rows:
        connection.execute(insert(emails).on_conflict_do_nothing(), rows)


def release(connection: Connection, living: Collection[str]) -> Sequence[int]:
    """Give back what runs that are no more have claimed; whether those mails were sent, nobody knows."""
    left = select(emails.c.id).where(_is(MailStatus.SENDING), emails.c.claimed_by.not_in(living))
    ids = connection.scalars(left.order_by(emails.c.id)).all()
    if ids:
        back = update(emails).where(emails.c.id.in_(left)).values(status=MailStatus.PENDING.value, claimed_by=None)
        connection.execute(back)
    return ids


def due(connection: Connection, now: datetime) -> Sequence[int]:
    """The mails that may be sent now, the oldest first."""
    query = select(emails.c.id).where(_is_due(now)).order_by(emails.c.id).limit(_AT_ONCE)
    return connection.scalars(query).all()


def claim(connection: Connection, id: int, by: str, now: datetime, domain: str) -> Mail | None:
    """Take a mail; None when somebody else has it, or it was sent already. From here on it counts as tried."""
    row = connection.execute(
        update(emails)
        .where(emails.c.id == id, _is_due(now))
        .values(status=MailStatus.SENDING.value, claimed_by=by, attempts=emails.c.attempts + 1)
        .returning(emails)
    ).one_or_none()
    if row is None:
        return None
    message_id = row.message_id
    if message_id is None:
        message_id = message_id_of("gamehost", row.id, row.created_at, row.to_address, domain=domain)
        connection.execute(update(emails).where(emails.c.id == id).values(message_id=message_id))
    return Mail(
        id=row.id,
        to_address=row.to_address,
        subject=row.subject,
        text=row.text,
        html=row.html,
        kind=row.kind,
        game_server_id=row.game_server_id,
        user_id=row.user_id,
        attempts=row.attempts,
        message_id=message_id,
    )


def mark_sent(connection: Connection, mail: Mail, by: str, now: datetime) -> None:
    """The server has taken it."""
    connection.execute(
        _claimed(mail, by).values(status=MailStatus.SENT.value, sent_at=now, claimed_by=None, last_error=None)
    )


def put_off(connection: Connection, mail: Mail, by: str, error: str, until: datetime, *, is_tried: bool) -> None:
    """Try again later; `is_tried` false: it was not this mail's turn to fail."""
    connection.execute(
        _claimed(mail, by).values(
            status=MailStatus.PENDING.value,
            claimed_by=None,
            last_error=error[:_LONGEST_ERROR],
            next_attempt_at=until,
            attempts=mail.attempts if is_tried else mail.attempts - 1,
        )
    )


def park(connection: Connection, mail: Mail, by: str, error: str) -> None:
    """Give it up, until a person sets it PENDING again."""
    connection.execute(
        _claimed(mail, by).values(
            status=MailStatus.PARKED.value, claimed_by=None, last_error=error[:_LONGEST_ERROR], next_attempt_at=None
        )
    )


def _claimed(mail: Mail, by: str) -> Update:
    return update(emails).where(emails.c.id == mail.id, emails.c.claimed_by == by)


def _is(status: MailStatus) -> ColumnElement[bool]:
    return emails.c.status == status.value


def _is_due(now: datetime) -> ColumnElement[bool]:
    return _is(MailStatus.PENDING) & or_(emails.c.next_attempt_at.is_(None), emails.c.next_attempt_at <= now)
