"""Sends a notice as signed JSON to a URL; README.md shows how a receiver verifies it."""

import hashlib
import hmac
import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from orario.apps.notify.failures import NotSent

_SECONDS = httpx.Timeout(15.0, connect=10.0)


def send_webhook(url: str, secret: str, key: str, data: Mapping[str, Any], timestamp: int) -> None:
    """Raises NotSent unless the receiver answers with 2xx."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    try:
        # A redirect is not followed: it would take the signed message somewhere else.
        headers = headers_of(secret, key, body, timestamp)
        answer = httpx.post(url, content=body, headers=headers, timeout=_SECONDS, verify=_trusted())
    except httpx.InvalidURL:
        raise NotSent("the address cannot be used") from None
    except httpx.HTTPError as error:
        raise NotSent(f"no answer: {error or type(error).__name__}") from error
    if not answer.is_success:
        raise NotSent(f"the receiver answered {answer.status_code} {answer.reason_phrase}".rstrip())


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; to read them all takes 20 ms, in which this process does nothing else."""
    return httpx.create_ssl_context()


def headers_of(secret: str, key: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The timestamp is signed with the body, so that an old message cannot be sent again as a new one."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "Orario",
        "Idempotency-Key": key,
        "X-Orario-Notice": key,
        "X-Orario-Timestamp": str(timestamp),
        "X-Orario-Signature": f"v1={signature(secret, body, timestamp)}",
    }


def signature(secret: str, body: bytes, timestamp: int) -> str:
    """HMAC-SHA256 over the timestamp, a dot and the body, in hexadecimal."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
