"""The schedule that the flags --every, --cron, --at and --on-demand describe, in the API's form."""

from typing import Any

from orario.cli.exits import Exit, Failure
from orario.cli.inputs import seconds
from orario.core.schedule import Every
from orario.core.scheduleconfig import KINDS, to_config

TYPE_IDS = {name: number for number, name in KINDS.items()}


def schedule_fields(every: str | None, cron: str | None, at: str | None, on_demand: bool = False) -> dict[str, Any]:
    """`jobTypeId` and `scheduleConfig`; nothing when no flag is given."""
    flags = {"--every": every, "--cron": cron, "--at": at, "--on-demand": on_demand or None}
    given = [flag for flag, value in flags.items() if value is not None]
    if len(given) > 1:
        raise Failure(Exit.INVALID, f"Give one schedule, not {len(given)}: {' or '.join(given)}")
    if every is not None:
        length = seconds("--every", every) or 0
        return _fields("interval", to_config(Every(seconds=length)))
    if cron is not None:
        return _fields("cron", {"expression": cron})
    if on_demand:
        return _fields("on_demand", {})
    return {} if at is None else _fields("once", {"at": at})


def _fields(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"jobTypeId": TYPE_IDS[kind], "scheduleConfig": config}
