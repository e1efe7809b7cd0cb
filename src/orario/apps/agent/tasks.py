"""The work of the sixteen jobs, by the names of their tasks."""

from collections.abc import Callable, Mapping
from typing import Any

from orario import App, Retry
from orario.apps.agent.backups import backup_data
from orario.apps.agent.cleaning import (
    cleanup_expired_credentials,
    cleanup_old_logs,
    cleanup_old_messages,
    cleanup_old_sessions,
    cleanup_resolved_sessions,
)
from orario.apps.agent.failing import telling
from orario.apps.agent.messages import check_unprocessed_messages
from orario.apps.agent.monitoring import check_system_performance
from orario.apps.agent.optimizing import optimize_database
from orario.apps.agent.reminders import reservation_reminders
from orario.apps.agent.report import daily_report
from orario.apps.agent.schedules import PLANNED
from orario.apps.agent.sessions import check_abandoned_sessions, check_error_sessions, check_inactive_sessions
from orario.apps.agent.syncing import sync_credentials
from orario.apps.agent.validating import validate_credentials

_WORK: Mapping[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        backup_data,
        check_abandoned_sessions,
        check_error_sessions,
        check_inactive_sessions,
        check_system_performance,
        check_unprocessed_messages,
        cleanup_expired_credentials,
        cleanup_old_logs,
        cleanup_old_messages,
        cleanup_old_sessions,
        cleanup_resolved_sessions,
        daily_report,
        optimize_database,
        reservation_reminders,
        sync_credentials,
        validate_credentials,
    )
}
# All of it may be done again: a run that lost its carrier goes on where that one was killed.
_RETRIES = Retry(3, delay=30, backoff="exponential")


def register(app: App) -> None:
    """Make a task of the work of each job."""
    for one in PLANNED:
        function = telling(_WORK[one.slug.replace("-", "_")], one.slug)
        display_name = one.slug.replace("-", " ").capitalize()
        timeout = "6h" if one.slug.startswith(("cleanup", "backup", "optimize")) else "1h"
        app.task(name=one.task, display_name=display_name, timeout=timeout, retries=_RETRIES)(function)
