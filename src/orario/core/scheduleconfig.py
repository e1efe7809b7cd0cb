"""The schedules in the JSON forms of the native API, read and written."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from orario.core.cronform import NAMES
from orario.core.cronzone import Dst, checked_dst
from orario.core.errors import Invalid, Problem, invalid
from orario.core.intervals import UNITS
from orario.core.schedule import At, Cron, Every, OnDemand, Schedule
from orario.core.zones import checked_zone

KINDS = {1: "interval", 2: "cron", 3: "once", 4: "on_demand"}

_KEYS = {"interval": UNITS, "cron": (*NAMES, "expression"), "once": ("at",), "on_demand": ()}
_WORDS = {Every: "interval", Cron: "cron", At: "once", OnDemand: "on_demand"}
_MOST_PROBLEMS = 20
_Value = TypeVar("_Value")


def from_config(
    kind: str,
    config: Mapping[str, object],
    *,
    timezone: str,
    dst: str = "debian",
    anchor: datetime | None = None,
) -> Schedule:
    """The schedule that a configuration describes; everything that is wrong with it is one Invalid."""
    if kind not in _KEYS:
        raise invalid(message=f"the kinds of schedule are {', '.join(_KEYS)}")
    if not isinstance(config, Mapping):
        raise invalid(message="value is not a valid dict", kind="type_error.dict")
    problems = [_foreign(kind, key) for key in config if key not in _KEYS[kind]]
    own = {key: value for key, value in config.items() if key in _KEYS[kind]}
    zone = _attempt(problems, lambda: checked_zone(timezone)) or "UTC"
    policy = _attempt(problems, lambda: checked_dst(dst)) or Dst.DEBIAN
    schedule = None
    if own or not problems:
        schedule = _attempt(problems, lambda: _built(kind, own, zone, policy, anchor))
    if schedule is None or problems:
        raise Invalid(*problems[:_MOST_PROBLEMS])
    return schedule


def to_config(schedule: Schedule) -> dict[str, object]:
    """The configuration of a schedule; `from_config` makes the same schedule of it."""
    if isinstance(schedule, Every):
        return _interval_config(schedule.interval)
    if isinstance(schedule, Cron):
        return dict(schedule.fields) or {"expression": schedule.expression}
    if isinstance(schedule, OnDemand):
        return {}
    return {"at": schedule.wall.isoformat()}


def kind_of(schedule: Schedule) -> str:
    """The word for a schedule's form: interval, cron, once or on_demand."""
    return _WORDS[type(schedule)]


def _built(kind: str, config: Mapping[str, Any], zone: str, dst: Dst, anchor: datetime | None) -> Schedule:
    if kind == "on_demand":
        return OnDemand()
    if kind == "interval":
        return Every(**config, anchor=anchor)
    if kind == "once":
        if "at" not in config:
            raise invalid("at", message="field required", kind="value_error.missing")
        return At(config["at"], timezone=zone)
    _refuse_nulls(config)
    if "expression" in config and len(config) > 1:
        raise invalid("expression", message="give either an expression or fields, not both")
    values = {key: _as_integer(value) for key, value in config.items()}
    return Cron(**values, timezone=zone, dst=dst)


def _refuse_nulls(config: Mapping[str, object]) -> None:
    nulls = [key for key, value in config.items() if value is None]
    if nulls:
        raise Invalid(*(Problem((key,), "none is not an allowed value") for key in nulls))


def _as_integer(value: Any) -> Any:
    """9.0 is 9: in JSON both are the same number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _foreign(kind: str, key: object) -> Problem:
    """The problem of a key that this kind of schedule does not have."""
    owners = [owner for owner, keys in _KEYS.items() if owner != kind and key in keys]
    message = "extra fields not permitted" + (f": this one belongs to '{owners[0]}'" if owners else "")
    # Whatever is no name is not sent back.
    known = isinstance(key, str) and len(key) <= 64 and key.isascii() and key.isprintable()
    return Problem((str(key),) if known else (), message, "value_error.extra")


def _interval_config(interval: timedelta) -> dict[str, object]:
    hours, rest = divmod(interval, timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    seconds = rest.seconds + rest.microseconds / 1_000_000 if rest.microseconds else rest.seconds
    return {"hours": hours, "minutes": minutes, "seconds": seconds}


def _attempt(problems: list[Problem], make: Callable[[], _Value]) -> _Value | None:
    """What was made, or None with what was wrong put among the problems."""
    try:
        return make()
    except Invalid as error:
        problems += error.problems
        return None
