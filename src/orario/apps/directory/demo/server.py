"""A directory that stands in: it lets one account in, and finds entries page by page. For demonstrations only."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from orario.apps.directory.demo import filters
from orario.apps.directory.demo.ber import ENUMERATED, SEQUENCE, SET, Node, number, octets, put

_BIND, _UNBIND, _SEARCH = 0x60, 0x42, 0x63
_BOUND, _ENTRY, _DONE, _EXTENDED = 0x61, 0x64, 0x65, 0x78
_ANSWERS = {_BIND: _BOUND, _SEARCH: _DONE, 0x77: _EXTENDED}
_SUCCESS, _PROTOCOL, _NO_SUCH, _WRONG, _FORBIDDEN = 0, 2, 32, 49, 50
_CONTROLS = 0xA0
_PAGED = "1.2.840.113556.1.4.319"
_ALL = 1 << 30

Entry = tuple[str, Mapping[str, Sequence[str]]]


class LdapServer:
    """Listens on a free port of loopback between `start` and `stop`."""

    def __init__(self, entries: Sequence[Entry], account: str, password: str) -> None:
        self.entries = list(entries)
        self._credentials = (account.lower(), password)
        self.port = 0

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session, data = _Session(self), b""
        with suppress(ConnectionError):
            while chunk := await reader.read(65_536):
                data += chunk
                with suppress(IndexError):  # the rest is on its way
                    while data:
                        message, end = Node.read(data)
                        data = data[end:]
                        writer.write(session.answer(message))
                await writer.drain()
                if session.is_over:
                    break
        writer.close()

    def lets_in(self, name: str, password: str) -> bool:
        return (name.lower(), password) == self._credentials


class _Session:
    """One connection."""

    def __init__(self, server: LdapServer) -> None:
        self._server = server
        self._is_in = self.is_over = False

    def answer(self, message: Node) -> bytes:
        id, request, *controls = message
        if request.tag == _UNBIND:
            self.is_over = True
            return b""
        if request.tag == _BIND:
            _, name, password = request
            self._is_in = self._server.lets_in(name.text, password.text)
            return _ended(id, _BOUND, _SUCCESS if self._is_in else _WRONG)
        if request.tag == _SEARCH:
            return self._search(id, request, controls)
        return _ended(id, _ANSWERS.get(request.tag, _DONE), _PROTOCOL)

    def _search(self, id: Node, request: Node, controls: Sequence[Node]) -> bytes:
        base, scope, _, _, _, _, wanted, attributes = request
        if base.value == b"" and scope.number == 0:
            root = {"namingContexts": [self._server.entries[0][0]], "vendorName": ["Orario's stand-in"]}
            return _entry(id, "", root, None) + _ended(id, _DONE, _SUCCESS)
        if not self._is_in:
            return _ended(id, _DONE, _FORBIDDEN)
        below = base.text.lower()
        found = [one for one in self._server.entries if one[0].lower().endswith(below)]
        if not found:
            return _ended(id, _DONE, _NO_SUCH)
        found = [one for one in found if filters.fits(wanted, one[1])]
        size, start = _page(controls)
        names = {one.text.lower() for one in attributes} or None
        shown = b"".join(_entry(id, dn, values, names) for dn, values in found[start : start + size])
        cookie = str(start + size) if start + size < len(found) else ""
        return shown + _ended(id, _DONE, _SUCCESS, cookie=cookie)


def _page(controls: Sequence[Node]) -> tuple[int, int]:
    """How many entries are wanted at once, and which comes first."""
    for control in (one for several in controls if several.tag == _CONTROLS for one in several):
        kind, *_, value = control
        if kind.text == _PAGED:
            size, cookie = Node.read(value.value)[0]
            return size.number or _ALL, int(cookie.text or 0)
    return _ALL, 0


def _entry(id: Node, dn: str, values: Mapping[str, Sequence[str]], names: set[str] | None) -> bytes:
    kept = {name: several for name, several in values.items() if names is None or {name.lower(), "*"} & names}
    attributes = [put(SEQUENCE, octets(name), put(SET, *map(octets, several))) for name, several in kept.items()]
    return _message(id, put(_ENTRY, octets(dn), put(SEQUENCE, *attributes)))


def _ended(id: Node, tag: int, code: int, *, cookie: str | None = None) -> bytes:
    body = put(tag, number(code, ENUMERATED), octets(""), octets(""))
    if cookie is None:
        return _message(id, body)
    value = put(SEQUENCE, number(0), octets(cookie))
    return _message(id, body, put(_CONTROLS, put(SEQUENCE, octets(_PAGED), octets(value))))


def _message(id: Node, *parts: bytes) -> bytes:
    return put(SEQUENCE, number(id.number), *parts)
