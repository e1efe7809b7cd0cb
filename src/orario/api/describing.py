"""The OpenAPI description: what FastAPI makes of the routes, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from orario.api.examples import BODIES, example_of
from orario.api.native import PREFIXES
from orario.service.documents import JobManifest

_INTRODUCTION = """A job scheduler with a memory.

Every call needs a token, sent as `Authorization: Bearer <token>`. Viewers read; operators also trigger, cancel,
retry, pause, resume and backfill; administrators do all.

The same API stands under {prefixes}.

Times are ISO 8601 in UTC. Lists take `page` and `per_page`; a value outside its limits is refused, not capped."""

_OPEN = ("/healthz", "/readyz")
_FOREIGN = ("HTTPValidationError", "ValidationError")
_VALIDATION = {
    "description": "Validation error; nothing was stored",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ValidationErrors"}}},
}
_BEARER = {"type": "http", "scheme": "bearer", "description": "`orario tokens create NAME --role viewer` makes one."}


def describe(app: FastAPI) -> dict[str, Any]:
    """The whole description; made once, kept by the application."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=_INTRODUCTION.format(prefixes=" and ".join(f"`{prefix}`" for prefix in PREFIXES)),
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schema["security"] = [{"token": []}]
        components = schema.setdefault("components", {})
        components["securitySchemes"] = {"token": _BEARER}
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                _correct(path, operation)
                _exemplify(operation, components["schemas"])
        for name in _FOREIGN:
            components["schemas"].pop(name, None)
        components["schemas"] |= _manifest()
        app.openapi_schema = schema
    return app.openapi_schema


def _manifest() -> dict[str, Any]:
    """The shape of a job in YAML, and the shapes in it; no route's signature names them."""
    whole = JobManifest.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**whole.pop("$defs", {}), JobManifest.__name__: whole}


def _correct(path: str, operation: dict[str, Any]) -> None:
    if path in _OPEN:
        operation["security"] = []
    for answer in operation["responses"].values():
        # FastAPI takes what is no JSON for JSON of no shape, beside what the route says itself.
        content = answer.get("content", {})
        if len(content) > 1 and not content.get("application/json", {}).get("schema", True):
            del content["application/json"]
    # FastAPI adds its own 422 wherever there is a parameter. Our routes name theirs where one can come.
    if "HTTPValidationError" in str(operation["responses"].get("422")):
        del operation["responses"]["422"]
        if not path.startswith(PREFIXES):
            operation["responses"]["422"] = _VALIDATION


def _exemplify(operation: dict[str, Any], shapes: dict[str, Any]) -> None:
    """Give every body and every answer in JSON an example, unless it has one."""
    for place in (operation.get("requestBody", {}), *operation["responses"].values()):
        media = place.get("content", {}).get("application/json", {})
        if "schema" in media and "example" not in media:
            known = BODIES.get(operation.get("operationId", "")) if place is operation.get("requestBody") else None
            media["example"] = known or example_of(media["schema"], shapes)
