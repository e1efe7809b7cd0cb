"""Lets a synchronous client call a web application that lives in the same process."""

import asyncio
from typing import Any

import httpx


class Inside(httpx.BaseTransport):
    """One loop for all its requests, closed with it."""

    def __init__(self, app: Any) -> None:
        self._inner = httpx.ASGITransport(app)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._runner.run(self._pass(request))

    async def _pass(self, request: httpx.Request) -> httpx.Response:
        # What comes back is unpacked already; asked for plain, nobody unpacks it again.
        kept = [header for header in request.headers.raw if header[0].lower() != b"accept-encoding"]
        headers = [*kept, (b"accept-encoding", b"identity")]
        copy = httpx.Request(request.method, request.url, headers=headers, content=request.content)
        answer = await self._inner.handle_async_request(copy)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def close(self) -> None:
        self._runner.close()
