"""The page of the native API, from its OpenAPI description."""

import json
import re
import tempfile
from collections.abc import Iterator
from typing import Any

from making.markdown import code, page, table
from orario.asgi import create_app
from orario.runtime import Runtime, load_apps
from orario.settings import Settings

_METHODS = ("get", "post", "put", "patch", "delete")
_EVERYWHERE = ("401", "403", "503")
_NAMES = re.compile(r"#/components/schemas/(\w+)")
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_HUGE = 2**53  # a bound beyond says "fits into 64 bits"
_TWIN = "/api/setting/scheduler"  # the same endpoints under their second prefix


def endpoints() -> str:
    document = description()
    parts = [part for path, method, one in _each(document) for part in _about(path, method, one, document)]
    return page(
        "API",
        "Answers and errors are described in full at `/docs` and `/openapi.json` of a running server. Everything "
        "under `/api/v1/scheduler` stands under `/api/setting/scheduler` too, and may also answer 401 (no valid "
        "token), 403 (its role is too small) and 503 (the database does not answer).",
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
        [code(each["name"]), each["in"], _kind(each["schema"], document), each.get("description", "")]
        for each in one.get("parameters", [])
    ]
    answers = [f"{status} ({each['description']})" for status, each in sorted(one["responses"].items())]
    return [
        f"## {method.upper()} {path}",
        one.get("description") or one.get("summary") or "",
        table(["parameter", "in", "kind", "what it is"], rows) if rows else "",
        _body(one, document),
        "Answers: " + ", ".join(answer for answer in answers if answer[:3] not in _EVERYWHERE) + ".",
    ]


def _body(one: dict[str, Any], document: dict[str, Any]) -> str:
    contents = list(one.get("requestBody", {}).get("content", {}).values())
    names = _NAMES.findall(json.dumps(contents[0]["schema"])) if contents else []
    if not names:
        return ""
    fields = document["components"]["schemas"][names[0]]
    rows = [
        [
            code(field),
            _kind(about, document),
            "required" if field in fields.get("required", []) else _default(about),
            about.get("description", ""),
        ]
        for field, about in fields.get("properties", {}).items()
    ]
    return f"Body, `{names[0]}`:\n\n" + table(["field", "kind", "default", "what it is"], rows)


def _default(about: dict[str, Any]) -> str:
    return code(json.dumps(about["default"])) if about.get("default") not in (None, []) else ""


def _kind(about: dict[str, Any], document: dict[str, Any]) -> str:
    """A value's type, or the values it may have, and its bounds."""
    if "$ref" in about:
        return _kind(document["components"]["schemas"][about["$ref"].rpartition("/")[2]], document)
    choices = about.get("anyOf") or about.get("allOf") or []
    if choices:
        return " or ".join(dict.fromkeys(_kind(one, document) for one in choices if one.get("type") != "null"))
    if "enum" in about:
        return ", ".join(map(str, about["enum"]))
    bounds = [
        f"{sign} {round(about[word], 3):,}".removesuffix(".0") for word, sign in _BOUNDS.items() if word in about
    ]
    kind = about.get("format") or about.get("type", "any")
    items = f" of {_kind(about['items'], document)}" if "items" in about else ""
    return " ".join([f"{kind}{items}", " and ".join(bounds)]).strip()
