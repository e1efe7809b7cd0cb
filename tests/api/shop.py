"""An app for the tests of the API: the task functions that seed 004's examples speak of."""

from typing import Any

from orario.app import App
from orario.core.schedule import Cron, Every


def make_shop() -> App:
    """A fresh app; apps are filled in when a runtime takes them."""
    app = App("shop")

    @app.task(
        name="sync_domain_users",
        display_name="Domain User Sync",
        description="Synchronize users from Active Directory",
        handler_path="tasks.ad_sync_tasks.sync_domain_users_task",
        handler_type="celery_task",
        queue="ad_queue",
        timeout=600,
        is_system=True,
    )
    async def sync_domain_users() -> dict[str, int]:
        return {"synced_count": 150}

    @app.task
    async def cleanup(retention_days: int = 30, password: str = "", note: str = "") -> int:
        return retention_days

    @app.task
    def anything(**args: Any) -> Any:
        return args

    app.job(
        "domain_user_sync_hourly",
        sync_domain_users,
        Every(hours=1),
        name="Domain User Sync (Hourly)",
        description="Synchronize domain users from Active Directory every hour",
        timeout=600,
        retries=3,
    )
    app.job("nightly_cleanup", cleanup, Cron("0 2 * * *"), name="Nightly cleanup")
    return app
