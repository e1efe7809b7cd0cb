"""The task of HTTP jobs: one request, and what is kept of its answer."""

import codecs
import re
import time
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import ClientResponse, ClientTimeout
from pydantic import Field
from yarl import URL

from orario import Context
from orario.apps.http.arguments import Headers, Method, Seconds, Statuses, Url, in_words, meets
from orario.apps.http.failures import FAILURES, RequestFailed, failure
from orario.apps.http.sessions import sessions

KEPT = 4096  # bytes of the body that the result keeps
SEARCHED = 1_048_576  # bytes of the body in which expectText is looked for
_QUOTED = 300  # characters of the body in a failure's sentence
_TOLD = ("Date", "ETag", "Last-Modified", "Location", "Retry-After", "Server", "X-Request-Id")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    response: ClientResponse
    start: bytes
    size: int
    milliseconds: int

    def text(self, limit: int) -> str:
        """The first bytes of the body as text, cut between characters."""
        try:
            decoder = codecs.getincrementaldecoder(self.response.charset or "utf-8")("replace")
        except LookupError:
            decoder = codecs.getincrementaldecoder("utf-8")("replace")
        part = self.start[:limit]
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", decoder.decode(part, final=len(part) == self.size))

    def result(self) -> dict[str, Any]:
        headers = self.response.headers
        return {
            "statusCode": self.response.status,
            "responseTimeMs": self.milliseconds,
            "url": str(_shown(self.response.url)),
            "contentType": self.response.headers.get("Content-Type"),
            "bytes": self.size,
            "body": self.text(KEPT),
            "headers": {name: headers[name] for name in _TOLD if name in headers},
            "redirects": len(self.response.history),
        }


async def request(
    context: Context,
    url: Url,
    method: Method = "GET",
    headers: Headers | None = None,
    body: str | None = None,
    timeout: Seconds = 30.0,  # noqa: ASYNC109 - the documented name of the argument
    expectStatus: Statuses = "2xx",
    expectText: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None,
    followRedirects: bool = True,
    maxRedirects: Annotated[int, Field(ge=1, le=50)] = 10,
    verifyTls: bool = True,
) -> dict[str, Any]:
    """Call a URL; 2xx is success unless `expectStatus` or `expectText` say otherwise."""
    call = f"{method} {_shown(URL(url)).with_query(None).with_fragment(None)}"
    try:
        answer = await _ask(
            method,
            url,
            headers=_with_trace(context, headers),
            data=None if body is None else body.encode(),
            timeout=ClientTimeout(total=timeout),
            allow_redirects=followRedirects,
            max_redirects=maxRedirects,
            ssl=verifyTls,
        )
    except FAILURES as error:
        raise failure(call, error, timeout) from error
    context.info(f"{call} answered {answer.response.status} in {answer.milliseconds} ms", bytes=answer.size)
    disappointment = _disappointment(answer, expectStatus, expectText)
    if disappointment:
        context.note(**answer.result())
        raise RequestFailed(f"{call} {disappointment}")
    return answer.result()


def _with_trace(context: Context, headers: Headers | None) -> Headers | None:
    """The headers, and under which span the callee works."""
    parent = context.traceparent if sessions.settings.traceparent else None
    if parent is None or any(name.lower() == "traceparent" for name in headers or ()):
        return headers
    return {**(headers or {}), "traceparent": parent}


async def _ask(method: str, url: str, **options: Any) -> Answer:
    started = time.monotonic()
    async with sessions.session(method).request(method, url, **options) as response:
        start, size = bytearray(), 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            start += chunk[: SEARCHED - len(start)]
        return Answer(response, bytes(start), size, round((time.monotonic() - started) * 1000))


def _disappointment(answer: Answer, status: Statuses, text: str | None) -> str | None:
    """In which way the answer is not the expected one."""
    response = answer.response
    begins = " ".join(answer.text(KEPT).split())[:_QUOTED]
    quote = f"; it begins: {begins}" if begins else "; it is empty"
    if not meets(response.status, status):
        reason = f"{response.status} {response.reason or ''}".strip()
        return f"answered {reason}, expected {in_words(status)}{quote}"
    if text is not None and text not in answer.text(SEARCHED):
        return f"answered {response.status}, but without the text {text!r}{quote}"
    return None


def _shown(url: URL) -> URL:
    return url.with_user(None)
