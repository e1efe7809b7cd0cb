"""What the tasks need to know of the app, once its settings are read."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orario import Context
from orario.apps.gamehost.settings import GamehostSettings


@dataclass
class Desk:
    """One for the process."""

    settings: GamehostSettings = field(default_factory=lambda: GamehostSettings.model_construct())

    def configure(self, settings: GamehostSettings) -> None:
        self.settings = settings


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
