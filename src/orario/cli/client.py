"""The one way in which commands speak to Orario: its native API, over HTTP or inside this process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from orario.cli.addresses import url_of
from orario.cli.exits import Exit, Failure, by_status
from orario.cli.loading import load_settings

PREFIX = "/api/v1/scheduler"
URL, TOKEN = "ORARIO_URL", "ORARIO_TOKEN"
_SECONDS = httpx.Timeout(60.0, connect=10.0)

Params = Mapping[str, str | int | bool | None]


class Client:
    """Asks the native API and answers with its JSON, or raises Failure in the API's own words."""

    def __init__(self, http: httpx.Client, where: str, prefix: str | None = None) -> None:
        self._http = http
        self._prefix = PREFIX if prefix is None else prefix
        self.where = where

    def at(self, prefix: str) -> "Client":
        """The same server's, for the API of an app."""
        return Client(self._http, self.where, prefix)

    def get(self, path: str, **params: str | int | bool | None) -> Any:
        return self.ask("GET", path, params=params)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body=body, headers=headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PUT", path, body=body, headers=headers)

    def delete(self, path: str) -> Any:
        return self.ask("DELETE", path)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer's JSON (a text when it is none, None when it is empty)."""
        response = self.send(method, self._prefix + path, params=params, body=body, headers=headers)
        if not response.is_success:
            raise Failure(by_status(response.status_code), *_sentences(response))
        return self._read(response)

    def _read(self, response: httpx.Response) -> Any:
        if not response.content:
            return None
        kind = response.headers.get("content-type", "")
        if "yaml" in kind:
            return response.text
        if "json" not in kind:
            raise Failure(Exit.UNREACHABLE, f"What answers at {self.where} is not Orario")
        return response.json()

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer as it came; `path` is counted from the server's root."""
        given = {key: _query(value) for key, value in (params or {}).items() if value is not None}
        content: dict[str, Any] = {"content": body} if isinstance(body, str) else {"json": body}
        try:
            return self._http.request(
                method,
                path,
                params=given or None,
                headers={key.replace("_", "-"): value for key, value in (headers or {}).items()},
                **({} if body is None else content),
            )
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise Failure(Exit.UNREACHABLE, f"No Orario server answers at {self.where}: {reason}") from None


@contextmanager
def connect(*, create: bool = False) -> Iterator[Client]:
    """The client that the environment asks for: a server's, or else the database itself.

    Without a server, only `create` may make a database that is not there yet.
    """
    url = server_url()
    if url is not None:
        with httpx.Client(base_url=url, headers=_credentials(), timeout=_SECONDS) as http:
            yield Client(http, url)
        return
    from orario.cli.local import local_transport  # a whole Orario: who asks a server should not wait for its import

    with (
        local_transport(create=create) as transport,
        httpx.Client(transport=transport, base_url="http://localhost", timeout=_SECONDS) as http,
    ):
        try:
            yield Client(http, "the database")
        except Failure as failure:
            raise Failure(failure.code, *failure.lines, *transport.explain(failure.lines)) from None


def server_url() -> str | None:
    """The server at ORARIO_URL; with only a token, which a database has no use for, the one of this machine."""
    url = os.environ.get(URL, "").rstrip("/")
    if not url and os.environ.get(TOKEN):
        settings = load_settings()
        return url_of(settings.host, settings.port)
    if not url:
        return None
    if not url.startswith(("http://", "https://")) or not _is_url(url):
        raise Failure(Exit.INVALID, f"{URL} must be the address of a server, such as http://127.0.0.1:8000")
    return url


def _is_url(text: str) -> bool:
    try:
        return bool(httpx.URL(text).host)
    except httpx.InvalidURL:
        return False


def part(value: str) -> str:
    """`value` as one step of a path."""
    return quote(value, safe="")


def _credentials() -> dict[str, str]:
    token = os.environ.get(TOKEN, "").strip()
    if not token.isascii() or not token.isprintable():
        raise Failure(Exit.INVALID, f"{TOKEN} is not a token")
    return {"Authorization": f"Bearer {token}"} if token else {}


def _query(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentences(response: httpx.Response) -> list[str]:
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return [f"The server answered {response.status_code} {response.reason_phrase}"]
    if isinstance(detail, str):
        hint = f"; set {TOKEN} to a token of yours" if response.status_code == 401 else ""
        return [detail.rstrip(".") + hint]
    return [_place(problem) for problem in detail]


def _place(problem: Mapping[str, Any]) -> str:
    loc = [str(step) for step in problem.get("loc", ())]
    place = ".".join(loc[1:] if loc[:1] in (["body"], ["query"], ["path"], ["header"]) else loc)
    return f"{place}: {problem.get('msg')}" if place else str(problem.get("msg"))
