"""The task `cleanup`."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from orario import Context
from orario.apps.ops.backups.task import remove_old
from orario.apps.ops.cleaning.files import old_files, orphans
from orario.apps.ops.cleaning.rows import count, forget
from orario.apps.ops.desk import desk
from orario.apps.ops.tables import checks, daily

_OWN = ("ops_checks", "ops_daily")


def cleanup(context: Context, dry_run: bool = False) -> dict[str, Any]:
    """Delete what is old, in small steps: health checks, figures, executions, backups, files in folders.

    With `dry_run` it only tells what it would delete.
    """
    now: datetime = context.services.tools.clock.now()
    done: Counter[str] = Counter(health_checks=0, daily_rows=0, executions=0, backups=0, files=0, bytes=0)
    _rows(context, now, dry_run, done)
    _executions(context, dry_run, done)
    if not dry_run:
        done["backups"] = len(remove_old(context, now))
    _files(context, now, dry_run, done)
    if not dry_run and done["health_checks"] + done["daily_rows"]:
        for step in context.services.tidying.optimize(_OWN):
            context.check()
            time.sleep(step.rest)
    context.info("would be deleted" if dry_run else "deleted", **done)
    return {**done, "dry_run": dry_run}


def _rows(context: Context, now: datetime, dry_run: bool, done: Counter[str]) -> None:
    settings = desk.settings
    old: list[tuple[str, Any, Any]] = [
        ("health_checks", checks.c.checked_at, now - timedelta(days=settings.health_keep_days))
    ]
    if settings.analytics_keep_days:
        oldest = (now - timedelta(days=settings.analytics_keep_days)).astimezone(UTC).date()
        old.append(("daily_rows", daily.c.day, oldest))
    for what, column, before in old:
        if dry_run:
            done[what] = count(context.services.database, column, before)
            continue
        for removed, rest in forget(context.services.database, column, before):
            done[what] += removed
            context.progress.advance(removed)
            time.sleep(rest)


def _executions(context: Context, dry_run: bool, done: Counter[str]) -> None:
    """Those that the app retention keeps longer than this app is to."""
    days, retention = desk.settings.cleanup_execution_days, context.services.retention
    if not days:
        return
    if dry_run:
        done["executions"] = retention.outdated(days)
        return
    for step in retention.prune(days):
        done["executions"] += step.removed.executions
        if step.removed.executions:
            context.progress.advance(step.removed.executions)
        time.sleep(step.rest)
        context.check()


def _files(context: Context, now: datetime, dry_run: bool, done: Counter[str]) -> None:
    settings = desk.settings
    before = (now - timedelta(days=settings.cleanup_file_days)).timestamp()
    for folder in settings.cleanup_folders:
        if not folder.is_dir():
            context.warn(f"there is no folder {folder}")
    for path, size in chain(orphans(desk.backups), old_files(settings.cleanup_folders, before, desk.is_needed)):
        context.check()
        try:
            if not dry_run:
                path.unlink()
        except OSError as error:
            context.warn(f"{path} cannot be deleted: {error.strerror}")
            context.progress.fail()
        else:
            done["files"] += 1
            done["bytes"] += size
        context.progress.advance()
