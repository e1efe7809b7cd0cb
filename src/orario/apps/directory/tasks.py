"""The six task functions of the directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from orario import Context, OrarioError
from orario.apps.directory import caring, health
from orario.apps.directory.desk import desk
from orario.apps.directory.server import Directory, opened
from orario.apps.directory.subjects import GROUPS, USERS, Subject
from orario.apps.directory.syncing import Sync

NOT_CONFIGURED = "no directory is configured: ORARIO_DIRECTORY_URLS is empty"


class Drift(OrarioError):
    """What is kept here is not what the directory has."""


@contextmanager
def _at(context: Context) -> Iterator[Directory]:
    password = desk.password(context.services)
    if password:
        context.conceal(password)
    with opened(desk.settings, password) as directory:
        yield directory


def _sync(context: Context, subject: Subject, *, dry_run: bool, full: bool, allow: bool) -> dict[str, Any]:
    if not desk.settings.urls:
        context.info(NOT_CONFIGURED)
        return {"synced_count": 0, "created": 0, "updated": 0, "enabled": 0, "disabled": 0, "configured": False}
    with _at(context) as directory:
        return Sync(context, directory, subject, full=full, is_dry=dry_run, allow_mass_disable=allow).run()


def sync_domain_users(
    context: Context, dry_run: bool = False, full: bool = False, allow_mass_disable: bool = False
) -> dict[str, Any]:
    """Synchronize users from Active Directory"""
    return _sync(context, USERS, dry_run=dry_run, full=full, allow=allow_mass_disable)


def sync_domain_groups(
    context: Context, dry_run: bool = False, full: bool = False, allow_mass_disable: bool = False
) -> dict[str, Any]:
    """Synchronize groups and their members from Active Directory"""
    return _sync(context, GROUPS, dry_run=dry_run, full=full, allow=allow_mass_disable)


def verify_domain_sync(context: Context) -> dict[str, Any]:
    """Compare all that is kept here with the directory, without changing anything; fails where they differ"""
    if not desk.settings.urls:
        context.info(NOT_CONFIGURED)
        return {"differences": 0, "configured": False}
    found: dict[str, Any] = {}
    with _at(context) as directory:
        for subject in (USERS, GROUPS):
            found[f"{subject.what}s"] = Sync(context, directory, subject, full=True, is_dry=True).run()
    actions = ("created", "updated", "enabled", "disabled")
    found["differences"] = sum(one[action] for one in found.values() for action in actions)
    if found["differences"]:
        raise Drift(f"{found['differences']:,} users and groups differ from the directory; the next sync mends them")
    return found


def check_domain_health(context: Context) -> dict[str, Any]:
    """Look whether every server of the directory answers and lets us in, and how quickly"""
    if not desk.settings.urls:
        context.info(NOT_CONFIGURED)
        return {"healthy": 0, "servers": [], "configured": False}
    password = desk.password(context.services)
    if password:
        context.conceal(password)
    return health.check(context, desk.settings, password)


def report_stale_users(context: Context, stale_days: int | None = None) -> dict[str, Any]:
    """List the active accounts that nobody has used for long"""
    days = desk.settings.stale_days if stale_days is None else stale_days
    return caring.stale(context, timedelta(days=days))


def cleanup_sync_history(context: Context, retention_days: int | None = None) -> dict[str, Any]:
    """Forget what syncs changed long ago"""
    days = desk.settings.retention_days if retention_days is None else retention_days
    return caring.forget(context, timedelta(days=days))
