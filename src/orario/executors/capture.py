"""Takes what a task writes with the standard `logging` into the log of its execution."""

import logging
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from threading import Lock
from typing import Any

from orario.core.execution import Level
from orario.engine.executor import Work
from orario.executors.cleaning import shown
from orario.executors.context import Voice
from orario.executors.hiding import RECENT

# Whose code runs here: threads, tasks and callbacks that an attempt starts through asyncio inherit it.
CURRENT: ContextVar[Voice | None] = ContextVar("orario_attempt", default=None)

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LEVELS = (
    (logging.CRITICAL, Level.FATAL),
    (logging.ERROR, Level.ERROR),
    (logging.WARNING, Level.WARN),
    (logging.INFO, Level.INFO),
)


class Capture(logging.Handler):
    """The one handler on the root logger. Outside of attempts it does nothing."""

    def createLock(self) -> None:
        self.lock = None  # whatever is written to is safe by itself, and this is on everybody's way

    def emit(self, record: logging.LogRecord) -> None:
        voice = CURRENT.get()
        if voice is None:
            _as_if_not_installed(record)
        else:
            voice.write(_level(record), _message(record), _details(record))


class Masked(logging.Filter):
    """For handlers that print: what a task writes, and what is said of it later, is printed without its secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        message, exception = _message(record), _exception(record)
        hidden = _hidden(message), _hidden(exception)
        if hidden != (message, exception):  # a formatter may make more of what it is given untouched
            record.msg, record.args = hidden[0], None
            record.exc_text, record.exc_info = hidden[1], None
        return True


class Hushed:
    """A stream such as sys.stdout: what a task prints goes there without its secrets."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(_hidden(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_installed = Capture()
_lock = Lock()


def install() -> None:
    """Capture from now on what the loggers let pass; once is enough. A root nobody has touched lets INFO pass."""
    root = logging.getLogger()
    with _lock:
        if _installed in root.handlers:
            return
        if root.level == logging.WARNING and not root.handlers:
            root.setLevel(logging.INFO)
        root.addHandler(_installed)


def _hidden(text: str) -> str:
    # Beside attempts only what was a secret of late: Orario greets with a token, which is meant to be read.
    voice = CURRENT.get()
    return RECENT.hide(text) if voice is None else voice.hide(text)


def hush() -> None:
    """Let no task of this process print a secret."""
    sys.stdout, sys.stderr = Hushed(sys.stdout), Hushed(sys.stderr)


def whose() -> Work | None:
    """The attempt whose code runs here; of a voice that carries none, and beside attempts, None."""
    work: Work | None = getattr(CURRENT.get(), "work", None)
    return work


def _as_if_not_installed(record: logging.LogRecord) -> None:
    # Python prints warnings of programs without any handler; ours alone must not silence them.
    last = logging.lastResort
    if last is not None and logging.getLogger().handlers == [_installed] and record.levelno >= last.level:
        last.handle(record)


def _level(record: logging.LogRecord) -> Level:
    return next((level for number, level in _LEVELS if record.levelno >= number), Level.TRACE)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a wrong format: the attempt must not fail for it
        return f"{shown(record.msg)} {shown(record.args)}"


def _details(record: logging.LogRecord) -> dict[str, Any]:
    extra = {key: value for key, value in vars(record).items() if key not in _ORDINARY}
    details = {"logger": record.name, **extra}
    if exception := _exception(record):
        details["exception"] = exception
    return details


def _exception(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return logging.Formatter().formatException(record.exc_info)
    return record.exc_text or ""
