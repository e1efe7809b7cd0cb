"""A Dovecot of the tests' own: IMAP with STARTTLS on one port, with TLS from the first byte on another."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from imaplib import IMAP4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orario.apps.lokario.demo.dovecot import configuration, tls, version_of
from orario.apps.lokario.demo.imapserver import deposit
from tests.servers.ports import free_port, listens
from tests.servers.private import Private, needed

PASSWORD = "geheim-{}"


class Dovecot:
    """Users `u1`, `u2`, ... each with a password of their own; any number of messages."""

    def __init__(self, users: int = 9) -> None:
        self._program = needed("dovecot")
        self._server = Private("dovecot")
        self.port, self.tls_port = free_port(), free_port()
        self.users = [f"u{number}" for number in range(1, users + 1)]
        self._write()
        self.start()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    def start(self) -> None:
        """Start, or start again on the same ports with the same mail; one that runs goes on."""
        if listens(self.tls_port):
            return
        self._server.start(
            self._program, "-F", "-c", self._server.folder / "dovecot.conf", ready=lambda: listens(self.tls_port)
        )

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Stop: by SIGTERM cleanly, by SIGKILL as in a crash."""
        if number == signal.SIGKILL:
            self._server.send(number)
        self._server.stop(number)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It is there, and says nothing."""
        self._server.send(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send(signal.SIGCONT)

    def close(self) -> None:
        """Stop, and forget all mail."""
        self._server.remove(signal.SIGKILL)

    @contextmanager
    def entered(self, user: str, folder: str = "INBOX") -> Iterator[IMAP4]:
        """Somebody's own mail program."""
        with IMAP4(self.host, self.port, timeout=20) as client:
            client.login(user, PASSWORD.format(user))
            client.select(folder)
            yield client

    def deliver(self, user: str, messages: Iterable[bytes], folder: str = "INBOX") -> None:
        """Put messages into a folder, as they are."""
        with self.entered(user, "INBOX") as client:
            for message in messages:
                kind, said = client.append(folder, "", "", message)
                assert kind == "OK", said

    def wipe(self, user: str) -> None:
        """Delete the user's mail for good; its UIDs are not given again."""
        with self.entered(user) as client:
            if client.response("EXISTS")[1] != [b"0"]:
                client.store("1:*", "+FLAGS", r"\Deleted")
                client.expunge()

    def renumber(self, user: str) -> None:
        """Give all messages of a user new UIDs, as happens when a server is moved: UIDVALIDITY says so."""
        self.stop()
        for file in (self._server.folder / "mail" / user).glob("dovecot*"):
            file.unlink()
        time.sleep(1.1)  # it is a number of seconds
        self.start()

    def lay(self, user: str, messages: Iterable[bytes]) -> None:
        """Put many messages into an inbox at once, past IMAP."""
        box = self._server.folder / "mail" / user
        deposit(box, messages)
        owner = self._server.folder.stat()
        for path in (box.parent, box, *box.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
        # Whoever looked into it while it was being filled looks again: the folder has changed once more.
        os.utime(box / "new", (time.time() + 1, time.time() + 1))

    def _write(self) -> None:
        folder = self._server.folder
        certificate, key = _certificate()
        (folder / "cert.pem").write_bytes(certificate)
        (folder / "key.pem").write_bytes(key)
        (folder / "users").write_text("".join(f"{one}:{PASSWORD.format(one)}\n" for one in self.users))
        version = version_of(self._program)
        text = configuration(version, folder, self.port) + tls(version, folder, self.tls_port)
        (folder / "dovecot.conf").write_text(text)
        owner = folder.stat()
        for name in ("dovecot.conf", "users", "cert.pem", "key.pem"):
            os.chown(folder / name, owner.st_uid, owner.st_gid)


def _certificate() -> tuple[bytes, bytes]:
    """One that nobody has reason to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
