"""The tasks and the four jobs, as documented."""

from orario import App, Cron, Every, Retry
from orario.apps.directory import tasks

QUEUE = "ad_queue"
_PATH = "tasks.ad_sync_tasks"
_AGAIN = Retry(3, delay=60)


def declare(app: App) -> None:
    """What a person adds, such as arguments or another pace, is kept."""
    for function, display, timeout, queue in (
        (tasks.sync_domain_users, "Domain User Sync", "10m", QUEUE),
        (tasks.sync_domain_groups, "Domain Group Sync", "10m", QUEUE),
        (tasks.check_domain_health, "Domain Health Check", "2m", QUEUE),
        (tasks.verify_domain_sync, "Domain Sync Verification", "20m", QUEUE),
        (tasks.cleanup_sync_history, "Sync History Cleanup", "10m", "default"),
        (tasks.report_stale_users, "Stale User Report", "2m", "default"),
    ):
        app.task(
            name=function.__name__,
            display_name=display,
            handler_path=f"{_PATH}.{function.__name__}_task",
            handler_type="celery_task",
            queue=queue,
            timeout=timeout,
            retries=_AGAIN,
            is_system=True,
        )(function)
    app.job(
        "domain-user-sync",
        "sync_domain_users",
        Every(hours=1),
        name="Domain User Sync (Hourly)",
        description="Synchronize domain users from Active Directory every hour",
    )
    app.job(
        "domain-group-sync",
        "sync_domain_groups",
        Every(hours=6),
        name="Domain Group Sync (Every 6 Hours)",
        description="Synchronize domain groups and their members from Active Directory every 6 hours",
    )
    app.job(
        "domain-health-check",
        "check_domain_health",
        Every(minutes=5),
        name="Domain Health Check (Every 5 Minutes)",
        description="Look every 5 minutes whether the domain's servers answer",
        retries=0,
    )
    app.job(
        "sync-history-cleanup",
        "cleanup_sync_history",
        Cron("30 3 * * *"),
        name="Sync History Cleanup (Daily)",
        description="Forget every night what syncs changed long ago",
    )
