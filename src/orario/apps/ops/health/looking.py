"""Looks at everything at once, each service with its own time-out."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from orario import OrarioError
from orario.apps.ops.desk import Desk
from orario.apps.ops.health.findings import Finding, Report
from orario.apps.ops.health.machine import figures
from orario.apps.ops.health.probes import NotHealthy, database, mail, redis, storage, url
from orario.apps.ops.words import Status

Probe = Callable[[], Awaitable[Mapping[str, Any]]]


def probes(desk: Desk) -> dict[str, Probe | None]:
    """What is looked at, by name; None: it is not configured."""
    settings, services = desk.settings, desk.services
    redis_url, smtp_url, seconds = settings.redis_url, settings.smtp_url, settings.health_timeout_seconds
    found: dict[str, Probe | None] = {
        services.database.dialect: lambda: database(services.database),
        "redis": None if redis_url is None else lambda: redis(redis_url.get_secret_value(), seconds),
        "storage": lambda: storage(desk.storage, settings.storage_free_mb),
    }
    if smtp_url is not None:
        found["smtp"] = lambda: mail(smtp_url.get_secret_value(), seconds)
    for name, address in settings.named_urls():
        found[name] = _of_url(address, seconds)
    return found


def _of_url(address: str, seconds: float) -> Probe:
    return lambda: url(address, seconds)


async def look(desk: Desk, on_found: Callable[[str, Finding], None] = lambda name, finding: None) -> Report:
    """Look at all of it now."""
    wanted = probes(desk)

    async def one(name: str, probe: Probe | None) -> Finding:
        finding = Finding(Status.NOT_CONFIGURED)
        if probe is not None:
            finding = await found(probe, desk.settings.health_timeout_seconds)
            on_found(name, finding)
        return finding

    findings = await asyncio.gather(*(one(name, probe) for name, probe in wanted.items()))
    system = await asyncio.to_thread(figures, desk.storage)
    return Report(desk.services.tools.clock.now(), dict(zip(wanted, findings, strict=True)), system)


async def found(probe: Probe, seconds: float) -> Finding:
    """How one service is found within so many seconds."""
    began = time.perf_counter()
    error: str | None = None
    details: Mapping[str, Any] = {}
    try:
        async with asyncio.timeout(seconds):
            details = await probe()
    except TimeoutError:
        error = f"no answer within {seconds:g} s"
    except NotHealthy as problem:
        error, details = problem.message, problem.details
    except (OrarioError, OSError, SQLAlchemyError) as problem:
        error = " ".join(str(problem).split()) or type(problem).__name__
    latency = round((time.perf_counter() - began) * 1000, 2)
    return Finding(Status.HEALTHY if error is None else Status.UNHEALTHY, latency, error, details)
