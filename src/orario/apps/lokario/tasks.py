"""The two tasks of the app: bring the mailboxes up to date, send the reminders that are owed."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from orario import Context
from orario.apps.lokario.billing import reminding
from orario.apps.lokario.billing.processing import Counts, Round
from orario.apps.lokario.desk import desk
from orario.apps.lokario.inbox.running import SyncFailed, Tally, sync_all, wanted_of


def sync_inbox(context: Context, integrations: list[UUID] | None = None) -> dict[str, Any]:
    """Synchroniser les boîtes de réception : les nouveaux messages de chaque intégration IMAP active.

    `integrations` en nomme quelques-unes, même inactives. L'échec de l'une n'arrête pas les autres.
    """
    wanted = wanted_of(context, integrations)
    if not wanted:
        context.info("Aucune intégration inbox active")
        return Tally().result()
    tally = sync_all(context, wanted)
    if tally.failed:
        context.note(**tally.result())
        raise SyncFailed(tally.sentence())
    return tally.result()


async def process_followups(context: Context) -> dict[str, Any]:
    """Envoyer les relances automatiques dont le délai est atteint ; chaque étape une seule fois."""
    services, settings = context.services, desk.settings
    today = desk.today(services.tools.clock.now())
    drafts = await services.database.fetch(reminding.owed, settings, today)
    if not drafts:
        context.info("Aucune relance à envoyer aujourd'hui")
        return asdict(Counts())
    mailbox = settings.mailbox
    if mailbox is None:
        context.warn(f"Aucun serveur SMTP (ORARIO_LOKARIO_MAIL_URL) : {len(drafts)} relance(s) en attente")
        return asdict(Counts(waiting=len(drafts)))
    context.conceal(mailbox.password or "")
    going = Round(context, settings, today, Counts(due=len(drafts)))
    await going.send_all(drafts, mailbox)
    return asdict(going.counts)
