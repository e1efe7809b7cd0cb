"""Keeps what health checks found, and tells of what has changed in the same transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from orario import Said
from orario.apps.ops.health.findings import Report, changed
from orario.apps.ops.tables import checks
from orario.apps.ops.words import Status


def last(connection: Connection) -> Mapping[str, Any] | None:
    """The last health check; None before the first."""
    found = connection.execute(select(checks).order_by(checks.c.checked_at.desc(), checks.c.id).limit(1)).first()
    return None if found is None else dict(found._mapping)


def keep(connection: Connection, report: Report) -> list[Said]:
    """Write a health check down; what is to be told of it, if anything.

    A check that finds something down fails, and the next that finds all well succeeds: of that, notices tell as of
    any job. What is left to say is what goes down, or comes back, while something else is down anyway.
    """
    before = last(connection)
    connection.execute(
        insert(checks).values(
            id=uuid4(),
            checked_at=report.checked_at,
            status=report.status.value,
            services={name: one.as_json() for name, one in report.services.items()},
            system=dict(report.system),
        )
    )
    if before is None or before["status"] != Status.UNHEALTHY or report.status is not Status.UNHEALTHY:
        return []
    statuses = {name: one["status"] for name, one in before["services"].items()}
    down, back = changed(statuses, {name: one.status.value for name, one in report.services.items()})
    return [_down(name, report) for name in down] + [_back(name, report) for name in back]


def _down(name: str, report: Report) -> Said:
    about = f"{name}:down:{report.checked_at.isoformat()}"
    return Said(
        app="ops", about=about, sentence=f"{name} is down, too.", severity="error", error=report.services[name].error
    )


def _back(name: str, report: Report) -> Said:
    about = f"{name}:back:{report.checked_at.isoformat()}"
    return Said(app="ops", about=about, sentence=f"{name} works again.", severity="info")
