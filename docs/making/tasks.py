"""The page of the tasks that Orario ships."""

import json
from typing import Any

from making.markdown import code, page, table
from orario.core.task import Task
from orario.runtime import load_apps


def tasks() -> str:
    apps = [app for app in load_apps([]) if app.tasks]
    parts = [part for app in apps for task in app.tasks.values() for part in _about(task)]
    return page("Tasks", "What the shipped apps can do; a job names one of these, or one of yours.", parts)


def _about(task: Task) -> list[str]:
    return [f"## {task.name}", task.description or "", _arguments(task.args_schema), f"App: `{task.app}`."]


def _arguments(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    rows = [
        [code(name), _type(field), "required" if name in required else code(json.dumps(field.get("default")))]
        for name, field in schema.get("properties", {}).items()
    ]
    return table(["argument", "type", "default"], rows) if rows else ""


def _type(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one) for one in field["anyOf"] if one.get("type") != "null"))
    if "enum" in field:
        return ", ".join(map(str, field["enum"]))
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    return str(field.get("type", "any"))
