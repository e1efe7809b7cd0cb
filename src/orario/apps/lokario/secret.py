"""The rule of the two documented endpoints: whoever knows CRON_SECRET may call them."""

import hmac
import logging
from dataclasses import dataclass
from typing import Any

from fastapi import Depends
from sqlalchemy import select
from starlette.requests import Request

from orario import Forbidden
from orario.apps.lokario.desk import desk
from orario.apps.lokario.tables import companies
from orario.web import Access, is_bound_to_loopback, refuse_foreigners

HEADER = "X-Cron-Secret"
PARAMETER = "secret"
STRONG = 32  # characters
_WRONG = "Secret invalide"
_CLOSED = "CRON_SECRET n'est pas configuré : cet endpoint n'est ouvert que sur l'adresse de bouclage"
_KEY = b"orario lokario"

log = logging.getLogger("orario.lokario")


@dataclass(frozen=True)
class KnowsSecret(Access):
    """Lets those pass who send the secret: as `?secret=`, or in a header, which no log of anybody's will hold."""

    async def __call__(self, request: Request) -> None:
        expected = desk.settings.cron_secret.get_secret_value()
        if expected:
            if not is_known(given(request), expected):
                raise Forbidden(_WRONG)
            return
        _warn_of_none()
        if is_bound_to_loopback(request):
            refuse_foreigners(request)
        else:
            raise Forbidden(_CLOSED)


def _is_used() -> bool:
    """A bare server loads every app there is; this one is used where it was asked for by name, or has companies."""
    if desk.app is not None and desk.app.name in desk.services.tools.settings.apps:
        return True
    with desk.services.database.reading() as connection:
        return connection.scalar(select(companies.c.id).limit(1)) is not None


def _warn_of_none() -> None:
    """Once from start to start: at the start, or else at the first call."""
    if not desk.has_warned:
        desk.has_warned = True
        log.warning(
            "CRON_SECRET is not set: the endpoints of lokario are open to this machine without protection, "
            "and closed to all others"
        )


def knows_secret() -> Any:
    """A dependency of a route."""
    return Depends(KnowsSecret())


def given(request: Request) -> list[str]:
    """Every secret that came with the request."""
    return [*request.query_params.getlist(PARAMETER), *request.headers.getlist(HEADER)]


def is_known(secrets: list[str], expected: str) -> bool:
    """Whether at least one was sent, and each is the right one; it takes as long for a near miss as for a far one."""
    wrong = [one for one in secrets if not hmac.compare_digest(_digest(one), _digest(expected))]
    return bool(secrets) and not wrong


def _digest(text: str) -> bytes:
    # Digests are of one length, so that not even the secret's length shows.
    return hmac.digest(_KEY, text.encode("utf-8", "surrogatepass"), "sha256")


def warn() -> None:
    """Say at start what is not as it should be; of a missing secret only where somebody uses the app."""
    secret = desk.settings.cron_secret.get_secret_value()
    desk.has_warned = False
    if not secret and _is_used():
        _warn_of_none()
    elif secret and len(secret) < STRONG:
        log.warning("CRON_SECRET is shorter than %d characters; openssl rand -hex 32 makes a good one", STRONG)
