"""A server process that belongs to one test run: its own folder, its own user, and an end in any case."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tools.servers import SERVERS, is_required, program

PATIENCE = 90.0  # seconds for a start on a busy machine
_NOBODY = "nobody"  # most servers refuse to be root
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def needed(name: str, executable: str | None = None) -> Path:
    """The program of a server, or another of its package. Without it tests fail in CI and are skipped elsewhere."""
    [server] = [server for server in SERVERS if server.name == name]
    unwanted = os.environ.get("ORARIO_TEST_SERVERS") == "none"
    found = None if unwanted else program(executable or server.program)
    if found is not None:
        return found
    why = "not wanted in this run" if unwanted else f"not installed: apt install {' '.join(server.packages)}"
    if is_required():
        pytest.fail(f"{name} is {why}", pytrace=False)
    pytest.skip(f"{name} is {why}")


class Private:
    """A folder, and the process that lives in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(mkdtemp(prefix=f"orario-{name}-"))
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            someone = pwd.getpwnam(_NOBODY)
            os.chown(self.folder, someone.pw_uid, someone.pw_gid)

    def run(self, *command: str | Path) -> None:
        """Run a command to its end, as the server's user."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **_as_somebody(),
        )
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout}"

    def start(
        self, *command: str | Path, ready: Callable[[], bool], environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the server, and wait until it is `ready`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which stop it afterwards
                preexec_fn=partial(_end_with_parent, os.getpid()),
                **_as_somebody(),
            )
        self._wait(ready)

    def send(self, number: int) -> None:
        """Send a signal to the server and all its processes, if there are any."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End the server; killed, if it does not heed `number`."""
        if self._process is None:
            return
        self._process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0 if number == signal.SIGKILL else 20)
        self.send(signal.SIGKILL)  # what it started ends with it
        self._process.wait()
        self._process = None

    def remove(self, number: int = signal.SIGTERM) -> None:
        """End the server and forget all it wrote."""
        self.stop(number)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def _wait(self, ready: Callable[[], bool]) -> None:
        assert self._process is not None
        until = time.monotonic() + PATIENCE
        while not ready():
            dead = self._process.poll() is not None
            if dead or time.monotonic() > until:
                said = self.log.read_text(errors="replace")[-2000:]
                self.remove(signal.SIGKILL)
                raise AssertionError(f"{self.name} {'has ended' if dead else 'is not ready'}:\n{said}")
            time.sleep(0.02)


def _as_somebody() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid, "extra_groups": []}


def _end_with_parent(parent: int) -> None:
    """Not even a killed test run leaves a server behind."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)
