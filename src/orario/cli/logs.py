"""Orario's own log on stderr, as text for people or as one JSON object per line for collectors."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orario.core.secrecy import MASK
from orario.core.secrets_in_text import without_secrets
from orario.executors.capture import Masked, whose
from orario.executors.journal import tasks_log
from orario.settings import Settings
from orario.web.requestids import REQUEST_ID

_ATTEMPT = ("execution_id", "attempt", "job")
_REQUEST = ("method", "path", "status", "duration_ms", "client")


class JsonFormatter(logging.Formatter):
    """Always time, level, logger and message; whose words they are, where that is known."""

    def __init__(self, instance: Callable[[], UUID | None] = lambda: None) -> None:
        super().__init__()
        self._instance = instance

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage(), MASK),
            "instance": self._instance(),
            "request_id": REQUEST_ID.get(),
            **_attempt_of(record),
            **{name: getattr(record, name, None) for name in (*_REQUEST, "details")},
            "stack": _stack(self, record),
        }
        told = {name: value for name, value in line.items() if value is not None}
        return json.dumps(told, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """`2030-01-31 08:00:00.120 INFO    orario: the message`, in UTC; behind it whose words they are."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    def formatMessage(self, record: logging.LogRecord) -> str:
        told = without_secrets(super().formatMessage(record), MASK)
        known = [f"{name}={value}" for name, value in _attempt_of(record).items() if value is not None]
        return f"{told} ({' '.join(known)})" if known else told

    def formatException(self, ei: Any) -> str:
        return without_secrets(super().formatException(ei), MASK)


def configure(settings: Settings, instance: Callable[[], UUID | None] = lambda: None) -> None:
    """Send the log of Orario, and the warnings of everybody else, to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(instance) if settings.log_format == "json" else TextFormatter())
    handler.addFilter(Masked())
    handler.addFilter(_is_ours_or_grave)
    # INFO of everybody passes the root: what tasks log is kept with their executions.
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("orario").setLevel(settings.log_level)
    tasks_log.propagate = False  # its lines come from the executions' logs, and must not go there once more
    tasks_log.handlers = [handler] if settings.log_tasks else []


def _is_ours_or_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] == "orario"


def _attempt_of(record: logging.LogRecord) -> dict[str, Any]:
    """Which attempt says this: as the record tells, or the one whose code runs here."""
    if hasattr(record, "execution_id"):
        return {name: getattr(record, name, None) for name in _ATTEMPT}
    work = whose()
    if work is None:
        return {}
    return {"execution_id": work.execution_id, "attempt": work.attempt, "job": work.job.slug}


def _stack(formatter: logging.Formatter, record: logging.LogRecord) -> str | None:
    if record.exc_info and record.exc_info[1] is not None:
        return without_secrets(formatter.formatException(record.exc_info), MASK)
    return record.exc_text or None
