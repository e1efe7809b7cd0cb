"""How single facts look in tables: states, moments, marks."""

from collections.abc import Callable
from datetime import datetime

from rich.text import Text

from orario.cli import times
from orario.cli.show import Cell, Row, text
from orario.core.clock import SystemClock

_COLOURS = {
    "pending": "cyan",
    "running": "blue",
    "success": "green",
    "failed": "red",
    "timeout": "red",
    "cancelled": "yellow",
    "skipped": "yellow",
    "missed": "magenta",
    "lost": "red",
}
_LEVELS = {"TRACE": "dim", "INFO": "", "WARN": "yellow", "ERROR": "red", "FATAL": "bold red"}


def now() -> datetime:
    """The moment that relative times are counted from."""
    return SystemClock().now()


def state(word: str | None) -> Text:
    return text(word, _COLOURS.get(word or "", ""))


def level(word: str) -> Text:
    return text(word.ljust(5), _LEVELS.get(word, ""))


def when(moment: str | None) -> str | None:
    """Both how far and when exactly, for the details of one thing."""
    if not moment:
        return None
    parsed = times.parse(moment)
    return f"{times.absolute(parsed)} ({times.relative(parsed, now())})"


def field(name: str) -> Callable[[Row], Cell]:
    """The field as it is."""

    def cell(row: Row) -> Cell:
        value = row.get(name)
        return None if value is None else str(value)

    return cell


def far(name: str) -> Callable[[Row], Cell]:
    """How far the field's moment is from now."""

    def cell(row: Row) -> Cell:
        value = row.get(name)
        return times.relative(times.parse(value), now()) if value else None

    return cell


def exact(name: str) -> Callable[[Row], Cell]:
    """The field's moment in this machine's zone."""

    def cell(row: Row) -> Cell:
        value = row.get(name)
        return times.absolute(times.parse(value)) if value else None

    return cell


def job_mark(job: Row) -> Text:
    """The one word that says whether a job fires."""
    if job["brokenReason"]:
        return text("broken", "red")
    if not job.get("isEnabled"):
        return text("disabled", "dim")
    return text("paused", "yellow") if job.get("isPaused") else text("enabled", "green")
