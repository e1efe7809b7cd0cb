"""Writes a job's policy as JSON, leaving out what is as usual, and reads it back."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from orario.core.policy import Backoff, Misfire, Overlap, Policy, Retry

# What is left out means these: a change of a default in core/policy needs a migration.
_USUAL_RETRY = Retry()
_USUAL = Policy()
_SPANS = frozenset({"misfire_grace", "misfire_window", "timeout", "start_within", "keep_for", "delay", "max_delay"})
_WORDS = {"overlap": Overlap, "misfire": Misfire, "backoff": Backoff}


def to_json(policy: Policy) -> dict[str, Any]:
    """The policy's unusual values; lengths of time in seconds."""
    found = _unusual(policy, _USUAL)
    if policy.retry != _USUAL_RETRY:
        found["retry"] = _unusual(policy.retry, _USUAL_RETRY)
    return found


@lru_cache(maxsize=4096)  # most jobs share a few policies
def from_text(text: str) -> Policy:
    """The policy in a stored text."""
    return from_json(json.loads(text))


def from_json(stored: Mapping[str, Any]) -> Policy:
    """The policy that `to_json` wrote."""
    values = _values(stored)
    if "retry" in values:
        values["retry"] = Retry(**_values(stored["retry"]))
    return Policy(**values)


def _unusual(value: object, usual: object) -> dict[str, Any]:
    return {
        name: _plain(mine)
        for name, mine in vars(value).items()
        if mine != getattr(usual, name) and not isinstance(mine, Retry)
    }


def _plain(value: Any) -> Any:
    if not isinstance(value, timedelta):
        return value
    seconds = value.total_seconds()
    return int(seconds) if seconds.is_integer() else seconds


def _values(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in stored.items()}


def _value(name: str, value: Any) -> Any:
    if name in _SPANS and value is not None:
        return timedelta(seconds=value)
    return _WORDS[name](value) if name in _WORDS else value
