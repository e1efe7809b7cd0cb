"""The jobs that do the work whenever the two endpoints are called; none is due by itself."""

from orario import App, OnDemand
from orario.apps.lokario.words import FOLLOWUPS_JOB, FOLLOWUPS_TASK, SYNC_JOB, SYNC_TASK


def declare(app: App) -> None:
    """A call that comes while another is answered waits for its turn."""
    app.job(SYNC_JOB, SYNC_TASK, OnDemand(), name="Synchronisation inbox")
    app.job(FOLLOWUPS_JOB, FOLLOWUPS_TASK, OnDemand(), name="Relances automatiques")
