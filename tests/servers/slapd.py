"""An LDAP server of the tests' own: OpenLDAP with people by the thousand, in plain and with TLS."""

import datetime
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, NONE, Connection, Server
from ldap3.utils.dn import escape_rdn

from tests.servers.ports import free_port, listens
from tests.servers.private import Private, needed

BASE = "dc=example,dc=org"
ADMIN = f"cn=admin,{BASE}"  # may everything, and no limit holds for it
ACCOUNT = f"cn=orario,{BASE}"
LIMITED = f"cn=limited,{BASE}"  # may read, but is given twenty entries at most
PASSWORD = "sync-pässword"
# Nobody gets more than 500 entries at once, as in Active Directory: whoever wants all must ask page by page.
_CONFIGURATION = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/ad.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/slapd.pid
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
TLSCACertificateFile {folder}/server.pem
sizelimit size.soft=500 size.hard=500 size.pr=500 size.prtotal=unlimited
require authc
access to dn.base="" by * read
access to attrs=userPassword by anonymous auth by * none
access to * by users read
rootDSE {folder}/root.ldif
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw {password}
directory {folder}/data
maxsize 268435456
dbnosync
limits dn.exact="{limited}" size=20 size.prtotal=20
index objectClass,entryUUID eq
"""
# What of Active Directory the app looks at, with its names and its syntaxes.
_AD_SCHEMA = """
attributetype ( 1.3.6.1.4.1.55555.1 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.2 NAME 'objectGUID' EQUALITY octetStringMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.3 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.4 NAME 'uSNChanged' EQUALITY integerMatch ORDERING integerOrderingMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.5 NAME 'lastLogonTimestamp' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.6 NAME 'objectCategory' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.7 NAME 'department' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.3.6.1.4.1.55555.8 NAME 'supportedCapabilities' EQUALITY objectIdentifierMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )
objectclass ( 1.3.6.1.4.1.55555.20 NAME 'user' SUP inetOrgPerson STRUCTURAL
  MAY ( sAMAccountName $ objectGUID $ userAccountControl $ uSNChanged $ lastLogonTimestamp $ objectCategory
  $ department ) )
"""
_ROOT = f"""dn: {BASE}
objectClass: organization
objectClass: dcObject
dc: example
o: Example

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: ou=groups,{BASE}
objectClass: organizationalUnit
ou: groups

"""

_ACCOUNTS = "".join(
    f"dn: {dn}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\nuserPassword: {PASSWORD}\n\n"
    for dn in (ACCOUNT, LIMITED)
)

Attributes = Mapping[str, str | bytes | Sequence[str | bytes]]


class Slapd:
    """One server; what is put in before it starts goes in quickly."""

    def __init__(self, ldif: Iterable[str] = (), *, is_ad: bool = False) -> None:
        self._program = needed("slapd")
        self._server = Private("slapd")
        self.port, self.tls_port = free_port(), free_port()
        folder = self._server.folder
        self._write("ad.schema", _AD_SCHEMA)
        root = "dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n" if is_ad else "dn:\n"
        self._write("root.ldif", root)
        settings = {"folder": folder, "base": BASE, "admin": ADMIN, "limited": LIMITED, "password": PASSWORD}
        self._write("slapd.conf", _CONFIGURATION.format(**settings))
        self._write("people.ldif", _ROOT + _ACCOUNTS + "\n".join(ldif))
        self._certify()
        self._server.run("mkdir", folder / "data")
        adding = needed("slapd", "slapadd")
        self._server.run(adding, "-q", "-f", folder / "slapd.conf", "-l", folder / "people.ldif")
        self.start()

    @property
    def url(self) -> str:
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def other_url(self) -> str:
        """The same at an address for which its certificate is not good."""
        return f"ldap://127.0.0.2:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def certificate(self) -> str:
        return str(self._server.folder / "server.pem")

    def start(self) -> None:
        """Start, or start again on the same ports with what was there."""
        addresses = f"{self.url}/ {self.other_url}/ {self.tls_url}/"
        self._server.start(
            self._program, "-f", self._server.folder / "slapd.conf", "-h", addresses, "-d", "0",
            ready=lambda: listens(self.port),
        )  # fmt: skip

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop: by SIGKILL as in a crash."""
        self._server.stop(number)

    def send(self, number: int) -> None:
        """Stop it in its tracks, or let it go on."""
        self._server.send(number)

    def close(self) -> None:
        """Stop, and forget everything."""
        self._server.remove(signal.SIGKILL)

    @contextmanager
    def admin(self) -> Iterator[Connection]:
        """A connection that may change everything."""
        server = Server("127.0.0.1", port=self.port, get_info=NONE)
        connection = Connection(server, ADMIN, PASSWORD, raise_exceptions=True, check_names=False)
        connection.bind()
        try:
            yield connection
        finally:
            connection.unbind()

    def add(self, dn: str, classes: Sequence[str], attributes: Attributes) -> None:
        with self.admin() as connection:
            connection.add(dn, list(classes), dict(attributes))  # type: ignore[no-untyped-call]

    def change(self, dn: str, **attributes: str | bytes | Sequence[str] | None) -> None:
        """Replace attributes; None takes one away."""
        with self.admin() as connection:
            changes: dict[str, object] = {
                name: [(MODIFY_DELETE, [])] if value is None else [(MODIFY_REPLACE, _several(value))]
                for name, value in attributes.items()
            }
            connection.modify(dn, changes)  # type: ignore[no-untyped-call]

    def join(self, group: str, *dns: str, leaving: Sequence[str] = ()) -> None:
        """Put members into a group and take others out."""
        with self.admin() as connection:
            changes: list[tuple[str, list[str]]] = [(MODIFY_ADD, list(dns))] if dns else []
            changes += [(MODIFY_DELETE, list(leaving))] if leaving else []
            connection.modify(group, {"member": changes})  # type: ignore[no-untyped-call]

    def rename(self, dn: str, name: str) -> None:
        with self.admin() as connection:
            connection.modify_dn(dn, name)

    def delete(self, *dns: str) -> None:
        with self.admin() as connection:
            for dn in dns:
                connection.delete(dn)  # type: ignore[no-untyped-call]

    def _write(self, name: str, text: str) -> None:
        file = self._server.folder / name
        file.write_text(text)
        file.chmod(0o644)

    def _certify(self) -> None:
        """A certificate for this address, signed by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=20))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self._write("server.pem", certificate.public_bytes(serialization.Encoding.PEM).decode())
        pem = serialization.PrivateFormat.TraditionalOpenSSL
        private = key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption())
        self._write("server.key", private.decode())


def person(number: int, **more: str) -> str:
    """Somebody as LDIF."""
    lines = {
        "uid": f"user{number:05d}",
        "cn": f"User {number}",
        "sn": f"Müller-{number}",
        "givenName": "Ștefan",
        "mail": f"user{number:05d}@example.org",
        **more,
    }
    said = "\n".join(f"{name}: {value}" for name, value in lines.items())
    return f"dn: {dn(number)}\nobjectClass: inetOrgPerson\n{said}\n"


def dn(number: int) -> str:
    """Whom `person` makes."""
    return f"uid=user{number:05d},ou=people,{BASE}"


def group(name: str, numbers: Iterable[int]) -> str:
    """A group of those as LDIF."""
    members = "\n".join(f"member: {dn(number)}" for number in numbers)
    return f"dn: {group_dn(name)}\nobjectClass: groupOfNames\ncn: {name}\n{members}\n"


def group_dn(name: str) -> str:
    return f"cn={escape_rdn(name)},ou=groups,{BASE}"


def _several(value: str | bytes | Sequence[str]) -> list[str | bytes]:
    return [value] if isinstance(value, str | bytes) else list(value)
