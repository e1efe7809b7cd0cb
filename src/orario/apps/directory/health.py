"""Looks at each server of the directory."""

import time
from datetime import UTC, datetime
from typing import Any

from orario import Context
from orario.apps.directory.entries import clean
from orario.apps.directory.server import Directory, DirectoryAway, enter, leave
from orario.apps.directory.settings import DirectorySettings

_EXPIRES_SOON = 30  # days


def check(context: Context, settings: DirectorySettings, password: str | None) -> dict[str, Any]:
    """Raises DirectoryAway when none of the servers is well."""
    servers = [_look(context, settings, url, password) for url in context.track(settings.urls)]
    healthy = [one for one in servers if one["ok"]]
    if not healthy:
        raise DirectoryAway("; ".join(one["error"] for one in servers))
    return {"healthy": len(healthy), "servers": servers}


def _look(context: Context, settings: DirectorySettings, url: str, password: str | None) -> dict[str, Any]:
    began = time.monotonic()
    try:
        found = enter(settings, url, password)
    except DirectoryAway as error:
        context.progress.fail()
        context.warn("a server of the directory is away", server=url, error=error.message)
        return {"url": url, "ok": False, "error": error.message}
    try:
        took = round((time.monotonic() - began) * 1000, 1)
        facts = {"url": url, "ok": True, "latency_ms": took, "kind": found.flavour.kind.value, **_facts(found)}
    finally:
        leave(found)
    days = facts.get("certificate_days")
    if days is not None and days < _EXPIRES_SOON:
        context.warn("a certificate is about to expire", server=url, days=days)
    context.info("a server of the directory answers", **facts)
    return facts


def _facts(found: Directory) -> dict[str, Any]:
    name = found.root.get("dnsHostName") or found.root.get("vendorName") or [b""]
    facts: dict[str, Any] = {"base": found.base}
    if said := clean(name[0]):
        facts["server"] = said
    if (days := _certificate_days(found)) is not None:
        facts["certificate_days"] = days
    return facts


def _certificate_days(found: Directory) -> int | None:
    """How long the server's certificate is still good; None where there is none, or it was not checked."""
    certificate: dict[str, Any] = getattr(found.socket, "getpeercert", dict)() or {}
    if "notAfter" not in certificate:
        return None
    until = datetime.strptime(certificate["notAfter"], "%b %d %H:%M:%S %Y %Z").replace(tzinfo=UTC)
    return (until - datetime.now(UTC)).days
