"""Examples for the description: the documented bodies, and answers made of their shapes."""

from collections.abc import Mapping
from typing import Any

_DEEPEST = 6
_ID = "550e8400-e29b-41d4-a716-446655440000"
_EVERY_HOUR = {"hours": 1, "minutes": 0, "seconds": 0}

# Bodies by the name of their call.
BODIES: Mapping[str, Any] = {
    "create_job": {
        "name": "Is the shop open",
        "description": "Call the shop every 6 hours",
        "taskFunctionId": 1,  # http.request, the first of a fresh server: what is tried as it stands should work
        "jobTypeId": 1,
        "scheduleConfig": {"hours": 6, "minutes": 0, "seconds": 0},
        "taskArgs": {"url": "http://127.0.0.1:8000/healthz"},
        "maxInstances": 1,
        "timeoutSeconds": 300,
        "retryCount": 3,
        "retryDelaySeconds": 60,
        "isEnabled": True,
    },
    "update_job": {
        "name": "Updated Job Name",
        "scheduleConfig": {"hours": 2, "minutes": 0, "seconds": 0},
        "isEnabled": False,
    },
    "set_status": {"isEnabled": False},
    "trigger_job": {"taskArgs": {"url": "http://127.0.0.1:8000/readyz"}, "priority": 10},
    "pause_job": {"note": "stock-taking", "until": "2030-01-31T08:00:00Z"},
    "backfill_job": {"since": "2024-01-01T00:00:00Z", "until": "2024-01-31T00:00:00Z", "dryRun": True},
    "change_many_jobs": {"action": "pause", "jobIds": ["nightly_cleanup", _ID], "note": "moving house"},
    "change_many_executions": {"action": "retry", "executionIds": [_ID]},
    "retry_execution": {"taskArgs": {"url": "http://127.0.0.1:8000/readyz"}},
    "preview_schedule": {
        "jobTypeId": 2,
        "scheduleConfig": {"hour": "8", "minute": "0", "day_of_week": "mon"},
        "timezone": "Europe/Rome",
        "count": 3,
    },
    "set_queue": {"width": 2},
    "put_calendar": {"description": "Holidays", "dates": ["2030-12-25", "2030-12-26"]},
    "put_secret": {"value": "the value itself", "description": "Token of the shop's till"},
    "create_user": {"name": "ada", "role": "operator"},
    "change_user": {"role": "admin"},
    "create_token": {"name": "ci", "role": "operator"},
}

# Texts by the name of their field, where their shape says no more than that they are texts.
_TEXTS: Mapping[str, str] = {
    "name": "Domain User Sync (Hourly)",
    "displayName": "Domain User Sync",
    "jobName": "Domain User Sync (Hourly)",
    "description": "Synchronize domain users from Active Directory every hour",
    "task": "sync_domain_users",
    "handlerPath": "tasks.ad_sync_tasks.sync_domain_users_task",
    "handlerType": "celery_task",
    "queue": "ad_queue",
    "slug": "domain_user_sync_hourly",
    "app": "directory",
    "timezone": "Europe/Rome",
    "celeryTaskId": "7d444840-9dc0-11d1-b245-5ffdce74fad2",
    "hostname": "server-01",
    "version": "1.0.0",
    "executor": "local",
    "message": "closing",
}
_CONFIGS: Mapping[str, Any] = {"scheduleConfig": _EVERY_HOUR, "result": {"synced_count": 150}}


def example_of(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value of this shape, as plausible as names and examples of fields allow."""
    if "$ref" in schema:
        return example_of(shapes[schema["$ref"].rpartition("/")[2]], shapes, name, depth)
    if name in _CONFIGS:
        return _CONFIGS[name]
    for key in ("example", "default", "const"):
        if schema.get(key) is not None:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return example_of(choices[0], shapes, name, depth)
    return _of_type(schema, shapes, name, depth)


def _of_type(schema: Mapping[str, Any], shapes: Mapping[str, Any], name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            inside = schema.get("properties", {}) if depth < _DEEPEST else {}
            return {field: example_of(one, shapes, field, depth + 1) for field, one in inside.items()}
        case "array":
            return [example_of(schema["items"], shapes, name, depth + 1)]
        case "string":
            return {"uuid": _ID, "date": "2030-12-25"}.get(schema.get("format", ""), _TEXTS.get(name, "text"))
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return None
