"""GenerateExpiryEmails and GenerateDeletionEmails: 1- and 7-day warnings, once per server, kind and expiry date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from orario import Context
from orario.apps.gamehost import letters, mails, servers
from orario.apps.gamehost.desk import desk, iso, now, result, words, zone
from orario.apps.gamehost.servers import Server
from orario.apps.gamehost.windows import warning_window
from orario.apps.gamehost.words import MailKind, ServerStatus

_BATCH = 200  # mails queued in one transaction


@dataclass(frozen=True)
class Warnings:
    """Who is warned of what: servers of a status, so long after their expiry, so many days before."""

    status: ServerStatus
    kinds: Sequence[tuple[MailKind, int]]
    after_expiry: timedelta = timedelta(0)


@dataclass(frozen=True)
class Warned:
    """A server, and the warning that its owner has coming."""

    server: Server
    kind: MailKind
    ends: datetime


def generate_expiry_emails(context: Context) -> dict[str, Any]:
    """Create reminder e-mails for servers expiring in 1 or 7 days."""
    kinds = ((MailKind.EXPIRY_1_DAY, 1), (MailKind.EXPIRY_7_DAYS, 7))
    return _generate(context, Warnings(ServerStatus.ACTIVE, kinds))


def generate_deletion_emails(context: Context) -> dict[str, Any]:
    """Create reminder e-mails for servers being deleted in 1 or 7 days."""
    kinds = ((MailKind.DELETION_1_DAY, 1), (MailKind.DELETION_7_DAYS, 7))
    kept = timedelta(days=desk.settings.retention_days)
    return _generate(context, Warnings(ServerStatus.EXPIRED, kinds, kept))


def _generate(context: Context, wanted: Warnings) -> dict[str, Any]:
    found = [one for kind, days in wanted.kinds for one in _find(context, wanted, kind, days)]
    context.progress.expect(len(found))
    context.info(f"Job started, processing {words(len(found), 'server')}", totalServers=len(found))
    rest = iter(found)
    while batch := list(islice(rest, _BATCH)):
        _queue(context, batch)
    figures = result(context)
    context.info("Job completed successfully", totalProcessed=figures["processed"], totalServers=figures["total"])
    return figures


def _find(context: Context, wanted: Warnings, kind: MailKind, days: int) -> list[Warned]:
    after, until = warning_window(days, now(context), zone(context))
    stretch = (after - wanted.after_expiry, until - wanted.after_expiry)
    with context.services.database.reading() as connection:
        found = servers.unwarned(connection, wanted.status, kind, *stretch)
    return [Warned(one, kind, one.expires_at + wanted.after_expiry) for one in found]


def _queue(context: Context, batch: Sequence[Warned]) -> None:
    at, where = now(context), zone(context)
    new = [letters.warning(one.kind, one.server, one.ends, at, where) for one in batch]
    with context.services.database.writing() as connection:
        mails.queue(connection, new, at)
    for one, mail in zip(batch, new, strict=True):
        context.info(
            "Reminder email queued",
            serverId=one.server.id,
            kind=one.kind.value,
            ends=iso(one.ends),
            subject=mail.subject,
            **one.server.whose,
        )
    context.progress.advance(len(batch))
