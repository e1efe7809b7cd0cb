"""Reads what people type: files, lengths of time, moments."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from orario.cli.exits import Exit, Failure
from orario.core.clock import SystemClock
from orario.core.durations import duration
from orario.core.errors import Invalid


def read_file(name: str) -> str:
    """The text of a file; "-" is standard input."""
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(Exit.INVALID, f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(Exit.INVALID, f"{name} is not UTF-8 text") from None


def seconds(option: str, text: str | None) -> int | float | None:
    """The length of time that an option gives, as the API wants it."""
    if text is None:
        return None
    try:
        # A bare number is seconds, as everywhere.
        found = duration(float(text) if text.replace(".", "", 1).isdigit() else text).total_seconds()
    except Invalid as error:
        raise Failure(Exit.INVALID, f"{option}: {error.message}") from None
    return int(found) if found.is_integer() else found


def days(option: str, text: str | None) -> int | float | None:
    """The same in days."""
    found = seconds(option, text)
    if found is None:
        return None
    whole = found / 86_400
    return int(whole) if whole.is_integer() else whole


def moment(option: str, text: str | None) -> str | None:
    """The moment that an option gives in ISO 8601; without a zone it is in this machine's own."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(
            Exit.INVALID, f"{option} wants a moment such as 2030-01-31T08:00 or 2030-01-31T08:00Z"
        ) from None
    return found.astimezone(UTC).isoformat()


def from_now(option: str, text: str | None) -> str | None:
    """The moment that lies the given length of time ahead."""
    ahead = seconds(option, text)
    return None if ahead is None else (SystemClock().now() + timedelta(seconds=ahead)).isoformat()


def confirm(question: str, yes: bool) -> None:
    """Ask at a terminal, unless told not to; a script is not asked. "No" ends the command."""
    if sys.stdin.isatty() and not yes:
        typer.confirm(question, abort=True)
