"""Leaves rows in the audit for what the engine does to jobs by itself, as people's deeds do."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.core.job import Pause
from orario.store import audit
from orario.store.audit import AuditRow


def paused(connection: Connection, job_id: UUID, note: str, now: datetime) -> None:
    """A losing streak has paused a job."""
    after = {"isPaused": True, "pause": {"note": note, "until": None}}
    _record(connection, job_id, "job.pause", {"isPaused": False, "pause": None}, after, now)


def resumed(connection: Connection, job_id: UUID, pause: Pause | None, now: datetime) -> None:
    """A pause has come to its end."""
    held = None if pause is None else {"note": pause.note, "until": _text(pause.until)}
    before, after = {"isPaused": True, "pause": held}, {"isPaused": False, "pause": None}
    _record(connection, job_id, "job.resume", before, after, now)


def broken(connection: Connection, job_id: UUID, why: str, now: datetime) -> None:
    """A job was set aside: it cannot run."""
    _record(connection, job_id, "job.break", {"broken": None}, {"broken": why}, now)


def _record(
    connection: Connection, job_id: UUID, action: str, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> None:
    row = AuditRow(
        at=now, actor=None, action=action, subject="job", subject_id=str(job_id), before=before, after=after
    )
    audit.record(connection, row)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
