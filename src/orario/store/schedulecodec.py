"""Writes schedules as JSON and reads them back, the same to the microsecond."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from orario.core.schedule import At, Cron, Every, OnDemand, Schedule
from orario.store.columns import from_micros, to_micros

_MICROSECOND = timedelta(microseconds=1)


def to_json(schedule: Schedule) -> dict[str, Any]:
    """The stored form: intervals and anchors in microseconds."""
    if isinstance(schedule, Every):
        anchor = None if schedule.anchor is None else to_micros(schedule.anchor)
        return {"every": schedule.interval // _MICROSECOND, "anchor": anchor}
    if isinstance(schedule, Cron):
        form = {"fields": dict(schedule.fields)} if schedule.fields else {"cron": schedule.expression}
        return {**form, "timezone": schedule.timezone, "dst": schedule.dst.value}
    if isinstance(schedule, OnDemand):
        return {"on_demand": True}
    return {"at": schedule.wall.isoformat(), "timezone": schedule.timezone}


def from_text(text: str) -> Schedule:
    """The schedule in a stored text."""
    if text.startswith('{"every"'):
        return _every(json.loads(text))
    return _shared(text)


def from_json(stored: Mapping[str, Any]) -> Schedule:
    """The schedule that `to_json` wrote."""
    if "every" in stored:
        return _every(stored)
    if "on_demand" in stored:
        return OnDemand()
    if "at" in stored:
        return At(datetime.fromisoformat(stored["at"]), timezone=stored["timezone"])
    place = {"timezone": stored["timezone"], "dst": stored["dst"]}
    return Cron(**stored["fields"], **place) if "fields" in stored else Cron(stored["cron"], **place)


@lru_cache(maxsize=8192)  # thousands of jobs share a cron line; intervals differ by their anchors
def _shared(text: str) -> Schedule:
    return from_json(json.loads(text))


def _every(stored: Mapping[str, Any]) -> Every:
    # Past the constructor: what was stored was checked when it came in, and this runs for every job read.
    every = Every.__new__(Every)
    anchor = stored["anchor"]
    object.__setattr__(every, "interval", timedelta(microseconds=stored["every"]))
    object.__setattr__(every, "anchor", None if anchor is None else from_micros(anchor))
    return every
