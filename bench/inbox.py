"""How long a mailbox takes: the first time, when nothing is new, when a little is, and after it got new UIDs.

`python -m bench.inbox 20000` starts a Dovecot of its own and prints seconds; `--attachments` gives every fifth one a
file of 100 kB. It needs Debian's dovecot-imapd.
"""

import base64
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from bench.machine import machine
from orario.apps.lokario import app
from orario.apps.lokario.words import SYNC_JOB
from orario.core.execution import Execution
from orario.testing import Harness
from tests.apps.lokario.office import Office
from tests.servers.dovecot import Dovecot

_FILE = base64.encodebytes(bytes(100_000)).decode().replace("\n", "\r\n")
_LINE = "Bonjour, la commande de samedi est bien notée, nous passerons vers neuf heures.\r\n"


def letters(count: int, first: int = 0, attachments: bool = False) -> Iterator[bytes]:
    """Mail of some kilobytes, each with a subject of its own."""
    for number in range(first, first + count):
        head = (
            f"From: Client {number % 50} <client{number % 50}@example.org>\r\nTo: contact@example.com\r\n"
            f"Subject: =?utf-8?Q?Commande_n=C2=B0_{number}?=\r\nDate: Mon, 15 Jan 2024 14:30:00 +0100\r\n"
            f"Message-ID: <{number}@example.org>\r\nMIME-Version: 1.0\r\n"
        )
        text = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{_LINE * (10 + number % 40)}"
        if attachments and number % 5 == 0:
            file = (
                "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=devis.pdf\r\n"
                f"Content-Transfer-Encoding: base64\r\n\r\n{_FILE}"
            )
            text = f"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n{text}\r\n--q\r\n{file}\r\n--q--\r\n"
        yield (head + text).encode()


def main(
    count: Annotated[int, typer.Argument(help="Messages in the mailbox.")] = 20_000,
    attachments: Annotated[bool, typer.Option("--attachments", help="Some of them with files.")] = False,
) -> None:
    """Measure one mailbox on SQLite; time waiting for other processes counts."""
    for name, value in machine(None).items():
        print(f"{name}: {value}")
    server = Dovecot(users=1)
    try:
        server.lay("u1", letters(count, attachments=attachments))
        with tempfile.TemporaryDirectory() as folder, Harness(app, database_url=_url(folder)) as harness:
            _measure(Office(harness), server, count, attachments)
    finally:
        server.close()


def _url(folder: str) -> str:
    return f"sqlite:///{Path(folder) / 'orario.db'}"


def _measure(office: Office, server: Dovecot, count: int, attachments: bool) -> None:
    office.mailbox(office.company(), server, "u1")

    def sync() -> Execution:
        return office.harness.trigger(SYNC_JOB)

    _timed(f"first time, {count} messages", sync, count)
    _timed("nothing new", sync, 0)
    server.deliver("u1", letters(100, first=count, attachments=attachments))
    _timed("100 new", sync, 100)
    server.renumber("u1")
    _timed(f"new UIDs for {count + 100} messages", sync, 0)
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _timed(what: str, sync: Callable[[], Execution], expected: int) -> None:
    began, busy = time.monotonic(), time.process_time()
    done = sync()
    took, worked = time.monotonic() - began, time.process_time() - busy
    assert done.result and done.result["newMessages"] == expected, done.error_message or done.result
    rate = f", {expected / took:,.0f} messages/s" if expected > 100 else ""
    print(f"{what}: {took:.2f} s ({worked:.2f} s of processor){rate}", flush=True)


if __name__ == "__main__":
    typer.run(main)
