"""The jobs, under their documented names and at their documented times."""

from orario import App, Cron
from orario.apps.gamehost.deleting import delete_servers
from orario.apps.gamehost.expiring import expire_servers
from orario.apps.gamehost.posting import send_emails
from orario.apps.gamehost.versions import check_new_versions
from orario.apps.gamehost.warning import generate_deletion_emails, generate_expiry_emails

# Those that write mails before the one that sends them: `orario run gamehost` goes by this order.
_JOBS = (
    ("ExpireServers", expire_servers, "0 * * * *"),
    ("DeleteServers", delete_servers, "0 3 * * *"),
    ("GenerateExpiryEmails", generate_expiry_emails, "0 8 * * *"),
    ("GenerateDeletionEmails", generate_deletion_emails, "0 9 * * *"),
    ("SendEmails", send_emails, "*/5 * * * *"),
    ("CheckNewVersions", check_new_versions, "30 6 * * *"),
)


def declare(app: App) -> None:
    """In the time zone of ORARIO_TIMEZONE."""
    for slug, function, expression in _JOBS:
        app.job(slug, function, Cron(expression), name=slug)
