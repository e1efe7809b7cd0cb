"""The words of the app, said once: how mailboxes are reached, and what became of a reminder."""

from enum import StrEnum


class TlsMode(StrEnum):
    """How the way to an IMAP server is guarded."""

    TLS = "tls"  # from the first byte, as on port 993
    STARTTLS = "starttls"
    NONE = "none"


class ReminderStatus(StrEnum):
    """What became of a step of a follow-up."""

    SENDING = "sending"  # begun; it stays so where the server died in the middle, and is then sent again
    SENT = "sent"
    WAITING = "waiting"  # not taken for now: tried again by the next run
    REFUSED = "refused"  # for good: somebody has to correct the address


SYNC_TASK, SYNC_JOB = "lokario.sync_inbox", "inbox-sync"
FOLLOWUPS_TASK, FOLLOWUPS_JOB = "lokario.process_followups", "followups-process"

SYNC_CALLED = "🔄 Déclenchement de la synchronisation inbox via API..."
FOLLOWUPS_CALLED = "🔄 Déclenchement du traitement des relances automatiques via API..."
SYNC_DONE = "Synchronisation inbox terminée avec succès"
FOLLOWUPS_DONE = "Traitement des relances automatiques terminé avec succès"
SYNC_FAILED = "Erreur lors de la synchronisation inbox"
FOLLOWUPS_FAILED = "Erreur lors du traitement des relances automatiques"
