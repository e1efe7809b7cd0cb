"""Everything about one execution in one file, to be sent to whoever looks into it. Secrets in it are masked."""

import json
import platform
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from io import BytesIO
from typing import Any

from orario.core.errors import Invalid, NotFound
from orario.core.execution import Execution
from orario.dashboard import loglines
from orario.dashboard.moments import iso
from orario.service.forms import shown_form
from orario.service.jobs import JobView
from orario.service.services import Services

_LINES = 200_000  # of the log, the first ones
_CHANGES = 100

_README = """Execution {id} of the job {name}: {state}.
Made by Orario {version} at {now}. Secrets are masked.

execution.json    how it stands, with its arguments, its result or error
attempts.json     each try
log.txt           what it logged{cut}
job.json          its job as it is now
why.json          why its moment ran or did not, as `orario why` tells it
audit.json        the latest changes of the job and of this execution
environment.json  the versions, the instances, the queues
"""


def bundle(services: Services, found: Execution, job: JobView | None, version: str, now: datetime) -> bytes:
    """A zip file."""
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        cut = _put_log(file, services, found)
        for name, value in _parts(services, found, job, version):
            file.writestr(f"{name}.json", json.dumps(_plain(value), indent=2, ensure_ascii=False))
        words = {"id": found.id, "name": found.job_name, "state": found.state.value, "version": version}
        file.writestr("README.txt", _README.format(**words, now=iso(now), cut=cut))
    return whole.getvalue()


def _put_log(file: zipfile.ZipFile, services: Services, found: Execution) -> str:
    """Write the log line by line; what is to be said of what was left out."""
    with file.open("log.txt", "w") as to:
        for number, line in enumerate(loglines.texts(services, found.id)):
            if number == _LINES:
                return f", the first {_LINES:,} lines of it"
            to.write(line.encode(errors="replace"))
    return ""


def _parts(services: Services, found: Execution, job: JobView | None, version: str) -> Iterator[tuple[str, Any]]:
    yield "execution", found
    yield "attempts", services.executions.attempts(found.id)
    yield "job", None if job is None else shown_form(job.job)
    yield "why", _why(services, found)
    changes = [
        row
        for subject in (str(found.id), str(found.job_id))
        for row in services.people.audit(subject, 1, _CHANGES).items
    ]
    yield "audit", changes
    yield (
        "environment",
        {
            "orario": version,
            "python": sys.version,
            "system": platform.platform(),
            "database": services.database.dialect,
            "cluster": services.cluster.status(),
            "queues": services.cluster.queues(),
        },
    )


def _why(services: Services, found: Execution) -> Any:
    try:
        return services.jobs.why(str(found.job_id), found.scheduled_for.isoformat())
    except (NotFound, Invalid):
        return None


def _plain(value: Any) -> Any:
    """A value as JSON has it: moments as texts, lengths of time as seconds."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
