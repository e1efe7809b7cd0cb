"""The OpenAPI description: what FastAPI makes of the routes, and what it cannot know."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_INTRODUCTION = """A job scheduler with a memory.

Every call needs a token, sent as `Authorization: Bearer <token>`. Viewers read; operators also trigger, cancel,
retry, pause, resume and backfill; administrators do all.

The same API stands under {prefixes}.

Times are ISO 8601 in UTC. Lists take `page` and `per_page`; a value outside its limits is refused, not capped."""

_BEARER = {"type": "http", "scheme": "bearer", "description": "`orario tokens create NAME --role viewer` makes one."}


def describe(app: FastAPI, prefixes: tuple[str, ...]) -> dict[str, Any]:
    """The whole description; made once, kept by the application."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=_INTRODUCTION.format(prefixes=" and ".join(f"`{prefix}`" for prefix in prefixes)),
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schema["security"] = [{"token": []}]
        components = schema.setdefault("components", {})
        components["securitySchemes"] = {"token": _BEARER}
        for path in ("/healthz", "/readyz"):
            for operation in schema["paths"].get(path, {}).values():
                operation["security"] = []
        app.openapi_schema = schema
    return app.openapi_schema
