"""The metrics that tell how things stand at the moment of the scrape."""

import platform
from collections.abc import Iterator
from datetime import datetime

from prometheus_client import Metric as Family

from orario.api.metrics import table
from orario.api.metrics.families import info, many, one
from orario.core.vitals import Vitals
from orario.service.figures import Figures, Reading
from orario.store.leases import Lease


def of_instance(vitals: Vitals, version: str, dialect: str) -> Iterator[Family]:
    """What this process knows by itself."""
    yield one(table.LEADER, 1 if vitals.leads else 0)
    yield many(table.RINGING, {(alarm.kind,): 1 for alarm in vitals.alarms})
    yield info(table.BUILD, {"version": version, "python": platform.python_version(), "database": dialect})


def of_database(reading: Reading, now: datetime) -> Iterator[Family]:
    """What the database has told."""
    figures = reading.figures
    yield from _queues(figures, now)
    yield one(table.OVERDUE, _age(figures.next_due, now))
    yield one(table.BROKEN, figures.broken_jobs)
    yield one(table.INSTANCES, figures.instances)
    yield many(table.SIZE, {(part,): size for part, size in reading.bytes.items()})
    if figures.lease is not None:
        yield from _lease(figures.lease, now)
    if figures.beat_at is not None:
        yield one(table.BEAT_AGE, _age(figures.beat_at, now))


def _queues(figures: Figures, now: datetime) -> Iterator[Family]:
    lines = figures.queues
    yield many(table.PENDING, {(name,): line.pending for name, line in lines.items()})
    yield many(table.RUNNING, {(name,): line.running for name, line in lines.items()})
    yield many(table.HANDED_OVER, {(name,): number for name, number in figures.handed_over.items()})
    yield many(table.OLDEST, {(name,): _age(line.oldest, now) for name, line in lines.items()})


def _lease(lease: Lease, now: datetime) -> Iterator[Family]:
    yield one(table.TERM, lease.term)
    yield one(table.LEASE_AGE, 0.0 if lease.holder is None else _age(lease.since, now))
    if lease.ticked_at is not None:
        yield one(table.TICK_AGE, _age(lease.ticked_at, now))


def _age(moment: datetime | None, now: datetime) -> float:
    """Seconds since then; what lies ahead has no age."""
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)
