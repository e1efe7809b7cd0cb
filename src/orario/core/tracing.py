"""The W3C traceparent of whoever asks: passed on only where traces are collected."""

import re
from contextvars import ContextVar

# Set by the web for the time of a request; None also when nobody collects traces.
TRACEPARENT: ContextVar[str | None] = ContextVar("orario_traceparent", default=None)

KEPT_AS = "traceparent"  # in the metadata of the execution that a request has opened

_FORM = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def fit(header: str) -> str | None:
    """The header, if it is one as https://www.w3.org/TR/trace-context/ describes it."""
    return header if _FORM.fullmatch(header) else None


def kept() -> dict[str, str] | None:
    """What an execution that is opened now keeps of the request that opens it."""
    parent = TRACEPARENT.get()
    return None if parent is None else {KEPT_AS: parent}
