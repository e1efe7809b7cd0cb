"""Speaks with the directory: gets in, and reads page by page."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from ldap3 import BASE, NONE, SUBTREE, SYNC, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException, LDAPOperationResult
from ldap3.utils.log import ERROR, set_library_log_detail_level

from orario import OrarioError
from orario.apps.directory.entries import Entry
from orario.apps.directory.flavours import AD, LDAP, Flavour, Kind
from orario.apps.directory.flavours import Tls as TlsMode
from orario.apps.directory.settings import DirectorySettings

set_library_log_detail_level(ERROR)
_FAILURES = (LDAPException, OSError, ssl.SSLError)
_ROOT = ("defaultNamingContext", "namingContexts", "supportedCapabilities", "vendorName", "dnsHostName")
_IS_AD = "1.2.840.113556.1.4.800"  # the capability by which Active Directory is known
_PORTS = {"ldap": 389, "ldaps": 636}


class DirectoryAway(OrarioError):
    """The directory cannot be reached, does not let us in, or went away while it was read."""


@dataclass(frozen=True)
class Directory:
    """An open connection, and what the server says of itself."""

    connection: Connection
    url: str
    flavour: Flavour
    root: Mapping[str, Sequence[bytes]]
    settings: DirectorySettings
    socket: Any

    @property
    def base(self) -> str:
        """Where everything is."""
        said = self.root.get("defaultNamingContext") or self.root.get("namingContexts") or [b""]
        return self.settings.base or said[0].decode()

    def pages(self, base: str | None, filter: str, attributes: Sequence[str]) -> Iterator[list[Entry]]:
        """The entries that a filter finds, page by page. Raises DirectoryAway."""
        cookie: bytes | None = None
        while True:
            response, cookie = self._page(base or self.base, filter, attributes, cookie)
            yield [Entry.of(one) for one in response if one["type"] == "searchResEntry"]
            if not cookie:
                return

    def _page(
        self, base: str, filter: str, attributes: Sequence[str], cookie: bytes | None
    ) -> tuple[Sequence[Mapping[str, Any]], bytes | None]:
        size = self.settings.page_size
        try:
            self.connection.search(
                base, filter, SUBTREE, attributes=list(attributes), paged_size=size, paged_cookie=cookie
            )
        except _FAILURES as error:
            raise _away(self.url, error, "while it was read") from error
        if self.connection.result["result"]:  # ldap3 lets limits and referrals pass; but a part is not the whole
            said = self.connection.result["description"]
            raise DirectoryAway(f"the directory {self.url} gave a part of what there is and no more: {said}")
        controls: Mapping[str, Any] = self.connection.result.get("controls") or {}
        after = controls.get("1.2.840.113556.1.4.319", {}).get("value", {}).get("cookie")
        return self.connection.response or (), after or None


@contextmanager
def opened(settings: DirectorySettings, password: str | None) -> Iterator[Directory]:
    """The first of the servers that lets us in. Raises DirectoryAway with what each of them said."""
    complaints = []
    for url in settings.urls:
        try:
            found = enter(settings, url, password)
        except DirectoryAway as error:
            complaints.append(error.message)
            continue
        try:
            yield found
        finally:
            leave(found)
        return
    raise DirectoryAway("; ".join(complaints))


def enter(settings: DirectorySettings, url: str, password: str | None) -> Directory:
    """One server. Raises DirectoryAway."""
    connection = _connection(settings, url, password)
    socket = None
    try:
        connection.open(read_server_info=False)
        socket = connection.socket
        if settings.tls is TlsMode.STARTTLS and not connection.server.ssl:
            connection.start_tls(read_server_info=False)
            socket = connection.socket
        connection.bind(read_server_info=False)
        connection.search("", "(objectClass=*)", BASE, attributes=list(_ROOT))
        said = dict(connection.response[0]["raw_attributes"]) if connection.response else {}
    except _FAILURES as error:
        _hang_up(connection, socket)
        raise _away(url, error, "when we came in") from error
    return Directory(connection, url, _flavour(settings.kind, said), said, settings, socket)


def leave(directory: Directory) -> None:
    """Say goodbye, if anybody hears it."""
    _hang_up(directory.connection, directory.socket)


def _hang_up(connection: Connection, socket: Any) -> None:
    left = connection.socket
    with suppress(*_FAILURES):
        connection.unbind()
    for one in (socket, left):  # of a server that has died, or was not there at all, ldap3 forgets to close it
        if one is not None:
            one.close()


def _connection(settings: DirectorySettings, url: str, password: str | None) -> Connection:
    parts = urlsplit(url)
    server = Server(
        parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        use_ssl=parts.scheme == "ldaps",
        tls=_Guard(settings),
        get_info=NONE,  # the schema of a large directory takes seconds to read, and we know what we ask for
        connect_timeout=settings.timeout_seconds,
    )
    return Connection(
        server,
        user=settings.user,
        password=password if settings.user else None,
        client_strategy=SYNC,
        raise_exceptions=True,
        read_only=True,
        check_names=False,
        auto_referrals=False,  # other domains are other directories
        receive_timeout=ceil(settings.timeout_seconds),  # whole seconds, ldap3 wants
    )


class _Guard(Tls):
    """TLS as Python does it today: ldap3's own way compares names by what later Pythons have dropped."""

    def __init__(self, settings: DirectorySettings) -> None:
        super().__init__(validate=ssl.CERT_NONE)
        self._settings = settings

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        try:
            context = ssl.create_default_context(cafile=self._settings.ca_file)
        except OSError as error:
            raise OSError(f"{self._settings.ca_file}: {error.strerror or error}") from None
        if not self._settings.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)


def _flavour(kind: Kind, root: Mapping[str, Sequence[bytes]]) -> Flavour:
    if kind is Kind.AUTO:
        return AD if _IS_AD.encode() in root.get("supportedCapabilities", ()) else LDAP
    return AD if kind is Kind.AD else LDAP


def _away(url: str, error: BaseException, when: str) -> DirectoryAway:
    if isinstance(error, LDAPOperationResult):
        said = f"{error.description}{f': {error.message}' if error.message else ''}"
    else:
        said = (str(error) or type(error).__name__).strip("()'\", ")  # ldap3 wraps what it was told
    return DirectoryAway(f"the directory {url} failed {when}: {' '.join(said.split())}")
