"""The sixteen jobs: their documented names, schedules and triggers, and which settings switch them off."""

from dataclasses import dataclass

from orario import App, Cron, Overlap
from orario.apps.agent.settings import AgentSettings


@dataclass(frozen=True)
class Planned:
    """One job as the document has it; `trigger` is the last part of its path, `what` how its answer begins."""

    slug: str
    expression: str
    description: str
    trigger: str | None = None
    what: str = ""
    switch: str | None = None

    @property
    def task(self) -> str:
        return f"agent.{self.slug.replace('-', '_')}"

    @property
    def message(self) -> str:
        return f"{self.what} triggered successfully"

    def switch_off(self, settings: AgentSettings) -> str | None:
        """The variable that switches it off, if one does."""
        for name in ("cron_enabled", self.switch):
            if name is not None and not getattr(settings, name):
                return name.upper()
        return None


# In the order of the document's table.
PLANNED = (
    Planned(
        "cleanup-resolved-sessions",
        "0 2 * * *",
        "Cleanup resolved sessions daily at 2 AM",
        "cleanup-sessions",
        "Session cleanup",
    ),
    Planned(
        "check-inactive-sessions",
        "0 */6 * * *",
        "Check inactive sessions every 6 hours",
        "check-inactive-sessions",
        "Inactive sessions check",
    ),
    Planned(
        "reservation-reminders",
        "0 */2 * * *",
        "Send reservation reminders every 2 hours",
        "reservation-reminders",
        "Reservation reminders",
        "cron_reminders_enabled",
    ),
    Planned(
        "backup-data",
        "0 3 * * *",
        "Backup data daily at 3 AM",
        "backup-data",
        "Data backup",
        "cron_backup_enabled",
    ),
    Planned(
        "validate-credentials",
        "0 4 * * *",
        "Validate API credentials daily at 4 AM",
        "validate-credentials",
        "Credentials validation",
    ),
    Planned(
        "daily-report",
        "0 8 * * *",
        "Send the daily report at 8 AM",
        "daily-report",
        "Daily report",
        "cron_reports_enabled",
    ),
    Planned(
        "check-system-performance",
        "*/30 * * * *",
        "Check system performance every 30 minutes",
        "check-system-performance",
        "System performance check",
        "cron_monitoring_enabled",
    ),
    Planned(
        "check-abandoned-sessions",
        "0 */4 * * *",
        "Check abandoned sessions every 4 hours",
        "check-abandoned-sessions",
        "Abandoned sessions check",
    ),
    Planned(
        "sync-credentials",
        "0 */12 * * *",
        "Sync credentials every 12 hours",
        "sync-credentials",
        "Credentials sync",
    ),
    Planned(
        "check-unprocessed-messages",
        "*/30 * * * *",
        "Check unprocessed messages every 30 minutes",
        "check-unprocessed-messages",
        "Unprocessed messages check",
    ),
    Planned(
        "check-error-sessions",
        "0 */2 * * *",
        "Check sessions with errors every 2 hours",
        "check-error-sessions",
        "Error sessions check",
    ),
    Planned(
        "cleanup-old-messages",
        "0 0 * * 0",
        "Cleanup old messages weekly",
        "cleanup-old-messages",
        "Old messages cleanup",
    ),
    Planned("cleanup-old-logs", "0 0 1 * *", "Cleanup old logs monthly"),
    Planned("optimize-database", "0 0 * * 0", "Optimize the database weekly"),
    Planned(
        "cleanup-old-sessions",
        "0 0 1 * *",
        "Cleanup old sessions monthly",
        "cleanup-old-sessions",
        "Old sessions cleanup",
    ),
    Planned(
        "cleanup-expired-credentials",
        "0 1 * * *",
        "Cleanup expired credentials daily at 1 AM",
        "cleanup-expired-credentials",
        "Expired credentials cleanup",
    ),
)
TRIGGERS = {one.trigger: one for one in PLANNED if one.trigger is not None}
MONITORING = "check-system-performance"


def declare(app: App, settings: AgentSettings) -> None:
    """Declare the jobs as these settings want them, in place of those declared before."""
    app.declarations.clear()
    for one in PLANNED:
        minutes = settings.cron_monitoring_check_interval_minutes
        is_default = one.slug != MONITORING or minutes == 30
        app.job(
            one.slug,
            one.task,
            Cron(one.expression if is_default else every(minutes), timezone=settings.cron_timezone),
            name=one.slug,
            description=one.description if is_default else f"Check system performance every {minutes} minutes",
            enabled=one.switch_off(settings) is None,
            overlap=Overlap.QUEUE,  # a trigger says that it was heard: it runs, after the run before
        )


def every(minutes: int) -> str:
    """`*/15 * * * *`; whole hours where an hour is too short."""
    if minutes < 60:
        return f"*/{minutes} * * * *"
    return "0 * * * *" if minutes == 60 else f"0 */{minutes // 60} * * *" if minutes < 1440 else "0 0 * * *"
