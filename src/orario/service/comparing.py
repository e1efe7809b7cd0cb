"""Compares a job with what its app's code says of it, and brings the two together."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from orario.core.job import Job
from orario.core.policy import Policy
from orario.core.schedule import Every, Schedule
from orario.service.forms import FieldChange, changes_between, form_of
from orario.store.vault import Vault

# What belongs together changes together: arguments are nothing without their task, a zone without its schedule.
_GROUPS = (
    *(("name",), ("description",), ("task", "args"), ("queue",), ("schedule", "timezone")),
    *(("start",), ("end",), ("jitter",), ("excluded_dates",), ("calendars",), ("is_enabled",)),
)
_POLICY = tuple(field.name for field in fields(Policy))


def differs(job: Job, said: Job, vault: Vault) -> bool:
    """Whether the job is not as its app's code says."""
    return next(differences(job, said, vault), None) is not None


def differences(job: Job, said: Job, vault: Vault) -> Iterator[FieldChange]:
    """The fields in which the job differs from the code; `before` is the code's value."""
    # A slug may differ because another job has the declared one.
    return changes_between(_plain(replace(said, slug=job.slug), vault), _plain(job, vault))


def merged(job: Job, said: Job, says: Job, vault: Vault) -> Job:
    """The job after its app's code changed from `said` to `says`: what no person changed follows the code."""
    values: dict[str, Any] = {}
    for group in _GROUPS:
        if _same(job, said, group, vault) and not _same(said, says, group, vault):
            values |= {name: getattr(says, name) for name in group}
    policy = {
        name: getattr(says.policy, name)
        for name in _POLICY
        if getattr(job.policy, name) == getattr(said.policy, name)
    }
    return replace(job, **values, policy=replace(job.policy, **policy))


def same_schedule(schedule: Schedule, said: Schedule) -> bool:
    """Whether a schedule is the declared one; where the code names no start, an interval may count from any."""
    if isinstance(schedule, Every) and isinstance(said, Every) and None in (said.anchor, schedule.anchor):
        return schedule.interval == said.interval
    return schedule == said


def _same(one: Job, other: Job, group: tuple[str, ...], vault: Vault) -> bool:
    return all(_equal(name, getattr(one, name), getattr(other, name), vault) for name in group)


def _equal(name: str, one: Any, other: Any, vault: Vault) -> bool:
    if name == "schedule":
        return same_schedule(one, other)
    if name == "args":  # sealing the same secret twice gives two texts
        return bool(one == other or vault.open(one) == vault.open(other))
    return bool(one == other)


def _plain(job: Job, vault: Vault) -> dict[str, Any]:
    return form_of(replace(job, args=vault.open(job.args)))
