"""The task `health_check`."""

from typing import Any

from orario import Context, OrarioError
from orario.apps.ops.desk import desk
from orario.apps.ops.health import keeping
from orario.apps.ops.health.findings import Finding, Report
from orario.apps.ops.health.looking import look, probes
from orario.apps.ops.words import Status, iso


class Unhealthy(OrarioError):
    """A service that is watched is not healthy."""


async def health_check(context: Context) -> dict[str, Any]:
    """Look at the database, Redis, the storage and all else that is configured, and measure the machine.

    It fails when something is down, and says what.
    """
    context.progress.expect(sum(one is not None for one in probes(desk).values()))

    def heard(name: str, finding: Finding) -> None:
        if finding.status is Status.UNHEALTHY:
            context.error(f"{name}: {finding.error}", latency_ms=finding.latency_ms)
            context.progress.fail()
        context.progress.advance()

    report = await look(desk, heard)
    await keep(report)
    if report.down:
        context.note(**shown(report))
        raise Unhealthy("; ".join(f"{name}: {why}" for name, why in report.down.items()))
    return shown(report)


async def keep(report: Report) -> None:
    """Write it down, and tell what there is to tell."""
    services = desk.services

    def write(connection: Any) -> None:
        services.news.tell(connection, *keeping.keep(connection, report))

    await services.database.transact(write)


def shown(report: Report) -> dict[str, Any]:
    """The report in the words of the API."""
    return {
        "status": report.status.value,
        "services": {name: one.as_json() for name, one in report.services.items()},
        "system": dict(report.system),
        "checked_at": iso(report.checked_at),
    }
