"""Reads what people type: arguments, files, lengths of time, moments."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


def task_args(pairs: Sequence[str], file: str | None) -> dict[str, Any] | None:
    """The arguments for a task: those of the file, and above them each key=value; None when neither is given."""
    if not pairs and file is None:
        return None
    return _object(file) | dict(_pair(pair) for pair in pairs) if file else dict(_pair(pair) for pair in pairs)


def _object(file: str) -> dict[str, Any]:
    try:
        found = json.loads(read_file(file), parse_constant=_no_constant)
    except ValueError:
        raise Failure(Exit.INVALID, f"--args-file: {file} is not JSON") from None
    if not isinstance(found, dict):
        raise Failure(Exit.INVALID, f"--args-file: {file} must hold a JSON object")
    return found


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Failure(Exit.INVALID, "--arg wants key=value")
    return key, _value(value)


def _value(text: str) -> Any:
    """JSON when it is JSON, else the text as it stands: days=30 is a number, name=anna a text."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError:
        return text


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are no JSON


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
