"""What is found worth telling, as a value, and the facts of it that a notice keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from orario import Execution, Job, LogLine, Masker
from orario.apps.notify.words import Kind, Severity

ERROR_LINES = 12
ERROR_WIDTH = 500
STACK_LINES = 6
LOG_LINES = 15
LOG_WIDTH = 300


@dataclass(frozen=True, kw_only=True)
class News:
    """One thing to tell; `about` names it, so that it is told once, whoever finds it."""

    kind: Kind
    about: str
    sentence: str
    at: datetime
    job: Job | None = None
    execution_id: UUID | None = None
    since: datetime | None = None
    error: str | None = None
    stack: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # moments are datetimes
    severity: Severity | None = None  # where the kind does not say it

    def facts(self, execution: Execution | None = None, lines: Sequence[LogLine] = ()) -> dict[str, Any]:
        """All that a message is made of, as JSON; secrets that give themselves away are masked."""
        job = self.job
        found: dict[str, Any] = {
            "kind": self.kind.value,
            "sentence": self.sentence,
            "at": text_of(self.at),
            "since": self.since and text_of(self.since),
            "job": job and {"id": str(job.id), "slug": job.slug, "name": job.name, "app": job.app},
            "timezone": job.timezone if job else "UTC",
            "execution": self._execution(execution),
            "error": shortened(self.error),
            "where": innermost(self.stack),
            "details": {name: _plain(value) for name, value in self.details.items()},
            "log": [{"at": text_of(line.at), "level": line.level.value, "message": _said(line)} for line in lines],
        }
        masked: dict[str, Any] = Masker().tree(found)
        return masked

    def _execution(self, execution: Execution | None) -> dict[str, Any] | None:
        if execution is None:
            return {"id": str(self.execution_id)} if self.execution_id else None
        return {
            "id": str(execution.id),
            "trigger": execution.trigger.value,
            "dueAt": text_of(execution.scheduled_for),
            "startedAt": execution.started_at and text_of(execution.started_at),
            "finishedAt": execution.finished_at and text_of(execution.finished_at),
            "seconds": execution.duration_seconds,
            "attempt": execution.attempt,
        }


def shortened(error: str | None) -> str | None:
    """The first lines of an error, none too long."""
    if not error:
        return None
    lines = error.strip().splitlines()
    kept = [line[:ERROR_WIDTH] for line in lines[:ERROR_LINES]]
    if len(lines) > ERROR_LINES:
        kept.append(f"... and {len(lines) - ERROR_LINES} more lines")
    return "\n".join(kept)


def innermost(stack: str | None) -> str | None:
    """The last lines of a traceback, where it says what broke; without the error, which is told apart."""
    whole = (stack or "").rstrip().splitlines()
    lines = [line[:ERROR_WIDTH] for line in whole if set(line) - set(" ^~")]  # what is underlined is seen anyhow
    frames = [at for at, line in enumerate(lines) if line.startswith("  ")]
    if not frames:
        return None
    return "\n".join(line[2:] for line in lines[: frames[-1] + 1][-STACK_LINES:] if line.startswith("  ")) or None


def text_of(moment: datetime) -> str:
    """A moment as the API writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _said(line: LogLine) -> str:
    details = " ".join(f"{name}={value}" for name, value in (line.details or {}).items())
    return f"{line.message} {details}".strip()[:LOG_WIDTH]


def _plain(value: Any) -> Any:
    return text_of(value) if isinstance(value, datetime) else value
