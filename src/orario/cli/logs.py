"""Orario's own log on stderr, as text for people or as JSON for collectors."""

import json
import logging
from datetime import UTC, datetime

from orario.executors.capture import Masked
from orario.settings import Settings


class JsonFormatter(logging.Formatter):
    """One line of JSON per record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """`2030-01-31 08:00:00.120 INFO    orario: the message`, in UTC."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def configure(settings: Settings) -> None:
    """Send the log of Orario, and the warnings of everybody else, to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    handler.addFilter(Masked())
    handler.addFilter(_is_ours_or_grave)
    # INFO of everybody passes the root: what tasks log is kept with their executions.
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("orario").setLevel(settings.log_level)


def _is_ours_or_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] == "orario"
