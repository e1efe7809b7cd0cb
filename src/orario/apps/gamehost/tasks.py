"""The tasks of the app."""

from orario import App
from orario.apps.gamehost.deleting import delete_servers
from orario.apps.gamehost.expiring import expire_servers
from orario.apps.gamehost.posting import send_emails
from orario.apps.gamehost.versions import check_new_versions
from orario.apps.gamehost.warning import generate_deletion_emails, generate_expiry_emails

_TASKS = (
    (expire_servers, "Expire servers", "1h"),
    (delete_servers, "Delete servers", "6h"),
    (send_emails, "Send e-mails", "1h"),
    (generate_expiry_emails, "Generate expiry e-mails", "1h"),
    (generate_deletion_emails, "Generate deletion e-mails", "1h"),
    (check_new_versions, "Check for new versions", "5m"),
)


def register(app: App) -> None:
    """Each task is named after its function."""
    for function, name, timeout in _TASKS:
        app.task(display_name=name, timeout=timeout)(function)
