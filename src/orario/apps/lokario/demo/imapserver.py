"""A Dovecot on loopback that stands in for the companies' mail providers, where one is installed."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from orario import Misconfigured
from orario.apps.lokario.demo.dovecot import configuration, version_of
from orario.apps.lokario.demo.letters import PASSWORD, letters
from orario.demo import StandIn

_USERS = ("martin", "dubois")
_PATIENCE = 15.0


def is_installed() -> bool:
    return _program() is not None


def _program() -> str | None:
    return shutil.which("dovecot", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


class ImapServer:
    """One Dovecot in a folder of its own, with mail in it."""

    async def start(self) -> Mapping[str, str]:
        return await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        await asyncio.to_thread(self._stop)

    def _start(self) -> Mapping[str, str]:
        self._folder = Path(mkdtemp(prefix="orario-demo-imap-"))
        self._port = _free_port()
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        _fill(self._folder)
        for path in (self._folder, *self._folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
        file = self._folder / "dovecot.conf"
        file.write_text(configuration(version_of(_program() or "dovecot"), self._folder, self._port))
        file.chmod(0o644)
        alone = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        self._process = subprocess.Popen(
            [_program() or "dovecot", "-F", "-c", str(file)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **alone,  # type: ignore[call-overload]
        )
        self._await()
        return {"ORARIO_LOKARIO_DEMO_IMAP": f"127.0.0.1:{self._port}"}

    def _await(self) -> None:
        until = time.monotonic() + _PATIENCE
        while not _listens(self._port):
            if self._process.poll() is not None or time.monotonic() > until:
                self._stop()
                raise Misconfigured("dovecot did not start; is it Debian's dovecot-imapd, 2.3 or 2.4?")
            time.sleep(0.05)

    def _stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(_PATIENCE)
        shutil.rmtree(self._folder, ignore_errors=True)


def imap_server() -> StandIn:
    """Mailboxes of the demonstration's two companies."""
    server = ImapServer()
    return StandIn("IMAP server (Dovecot) with two mailboxes", server.start, server.stop)


def _fill(folder: Path) -> None:
    (folder / "users").write_text("".join(f"{user}:{PASSWORD}\n" for user in _USERS))
    for user in _USERS:
        deposit(folder / "mail" / user, letters(user))


def deposit(box: Path, messages: Iterable[bytes]) -> None:
    """Lay messages into a Maildir, as a mail server does that has just received them."""
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True, exist_ok=True)
    once = uuid4().hex  # a message whose name was ever used, be it for mail that is deleted by now, stays hidden
    for number, message in enumerate(messages):
        (box / "new" / f"{int(time.time())}.M{number:06}Q{once}.demo").write_bytes(message)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
