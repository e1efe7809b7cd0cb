"""What the tasks need to know of the app, as soon as its settings are read."""

from datetime import datetime
from typing import Any

from orario import App, Context
from orario.apps.gamehost.settings import GamehostSettings


class Desk:
    """One for the process; filled by the app."""

    def __init__(self) -> None:
        self.app: App | None = None

    @property
    def settings(self) -> GamehostSettings:
        found = self.app.config if self.app else None
        return found if isinstance(found, GamehostSettings) else GamehostSettings.model_construct()


desk = Desk()


def now(context: Context) -> datetime:
    """The time, as the server has it."""
    moment: datetime = context.services.tools.clock.now()
    return moment


def zone(context: Context) -> str:
    """The time zone in which these jobs are due and dates are written."""
    name: str = context.services.tools.settings.timezone
    return name


def iso(moment: datetime) -> str:
    """`2026-01-20T14:00:00.000Z`"""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def words(count: int, noun: str) -> str:
    """`2 servers`"""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def result(context: Context) -> dict[str, Any]:
    """What a run returns: the figures of the document."""
    progress = context.progress
    return {
        "processed": progress.processed - progress.failed,
        "total": progress.total,
        "failed": progress.failed,
    }
