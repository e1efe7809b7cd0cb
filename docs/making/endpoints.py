"""The page of the native API, from its OpenAPI description."""

import tempfile
from collections.abc import Iterator
from typing import Any

from making.markdown import code, page, table
from orario.asgi import create_app
from orario.runtime import Runtime, load_apps
from orario.settings import Settings

_METHODS = ("get", "post", "put", "patch", "delete")
_TWIN = "/api/setting/scheduler"  # the same endpoints under their second prefix


def endpoints() -> str:
    document = description()
    parts = [part for path, method, one in _each(document) for part in _about(path, method, one, document)]
    return page(
        "API",
        "Answers and errors are described in full at `/docs` and `/openapi.json` of a running server. Everything "
        "under `/api/v1/scheduler` stands under `/api/setting/scheduler` too.",
        parts,
    )


def description() -> dict[str, Any]:
    """The OpenAPI description of a server with the shipped apps."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = Runtime(Settings(database_url=f"sqlite:///{folder}/orario.db"), load_apps([]))
        runtime.prepare()
        try:
            return create_app(runtime).openapi()
        finally:
            runtime.database.close()


def _each(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if not path.startswith(_TWIN):
            yield from ((path, method, methods[method]) for method in _METHODS if method in methods)


def _about(path: str, method: str, one: dict[str, Any], document: dict[str, Any]) -> list[str]:
    rows = [
        [code(each["name"]), each["in"], "required" if each.get("required") else "", each.get("description", "")]
        for each in one.get("parameters", [])
    ]
    return [
        f"## {method.upper()} {path}",
        one.get("description") or one.get("summary") or "",
        table(["parameter", "in", "", "what it is"], rows) if rows else "",
        _body(one, document),
        "Answers: " + ", ".join(f"{status} {each['description']}" for status, each in one["responses"].items()) + ".",
    ]


def _body(one: dict[str, Any], document: dict[str, Any]) -> str:
    contents = list(one.get("requestBody", {}).get("content", {}).values())
    name = contents[0]["schema"].get("$ref", "").rpartition("/")[2] if contents else ""
    if not name:
        return ""
    fields = document["components"]["schemas"][name]
    rows = [
        [code(field), "required" if field in fields.get("required", []) else "", about.get("description", "")]
        for field, about in fields.get("properties", {}).items()
    ]
    return f"Body, `{name}`:\n\n" + table(["field", "", "what it is"], rows)
