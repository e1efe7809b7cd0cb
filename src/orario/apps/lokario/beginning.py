"""What a scheduler needs to call Lokario: the two jobs of the document, and whom to tell when they go wrong."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from orario import Init, Invalid, Problem, Setup
from orario.apps.lokario.calls import FOLLOWUPS, SYNC
from orario.apps.lokario.secret import HEADER, PARAMETER

SECRET = "lokario-cron-secret"
SLOW_SECONDS = 30
_LONGEST_SECONDS = 600  # a call that is slow is told of; it fails only when it takes this long
_PATHS = {SYNC: "/api/inbox/integrations/sync-all", FOLLOWUPS: "/api/followups/process-automatic"}
_NAMES = {SYNC: "Lokario - Sync Inbox", FOLLOWUPS: "Lokario - Relances automatiques"}
_WISHES = {SYNC: "inbox", FOLLOWUPS: "relances"}
_TOLD = ["failure", "timeout", "missed", "recovery", "late_finish"]


def plan(base_url: str, secret: str | None, wishes: Mapping[str, str]) -> Setup:
    """Both jobs. The secret stands in the URL, as documented, or in a header."""
    base, place = _checked(base_url), wishes["secret-in"]
    if place not in ("url", "header"):
        raise Invalid(Problem(("secret-in",), "is url or header"))
    if secret is not None:
        _check_secret(secret, place)
    return Setup(
        secret=SECRET,
        jobs=[_job(slug, base, wishes, place == "header") for slug in (SYNC, FOLLOWUPS)],
        rules={slug: _rule(slug) for slug in (SYNC, FOLLOWUPS)},
    )


def _check_secret(secret: str, place: str) -> None:
    if not (secret.isascii() and secret.isprintable() and secret.strip() == secret):
        raise Invalid(Problem(("secret",), "must be plain ASCII without blanks around it; --new-secret makes one"))
    if place == "url" and quote(secret, safe="") != secret:
        raise Invalid(Problem(("secret",), "has characters that a URL changes; add --set secret-in=header"))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in url:
        raise Invalid(Problem(("base-url",), "must be like https://lokario.example.com, without a query"))
    return url.rstrip("/")


def _job(slug: str, base: str, wishes: Mapping[str, str], in_header: bool) -> dict[str, Any]:
    url, known = base + _PATHS[slug], f"${{secret:{SECRET}}}"
    args: dict[str, Any] = {"url": url if in_header else f"{url}?{PARAMETER}={known}", "method": "GET"}
    if in_header:
        args["headers"] = {HEADER: {"$secret": SECRET}}
    return {
        "slug": slug,
        "name": _NAMES[slug],
        "description": f"Calls {_PATHS[slug]} as the document of Lokario says.",
        "task": "http.request",
        "jobType": "cron",
        "scheduleConfig": {"expression": wishes[_WISHES[slug]]},
        "taskArgs": {**args, "timeout": _LONGEST_SECONDS},
        "timezone": wishes["timezone"],
        "timeoutSeconds": _LONGEST_SECONDS + 30,
    }


def _rule(slug: str) -> dict[str, Any]:
    return {"on": _TOLD, "job": slug, "finishWithinSeconds": SLOW_SECONDS}


INIT = Init(
    plan=plan,
    variable="CRON_SECRET",
    wishes={"inbox": "*/5 * * * *", "relances": "0 * * * *", "timezone": "Europe/Paris", "secret-in": "url"},
)
