"""Starts `orario serve` in a process of its own, reads what it says and stops it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join([str(ROOT / "src"), str(ROOT)])  # of this checkout, whichever one is installed
_PATIENCE = 60.0  # seconds for a server to start, on a busy machine


@dataclass
class Served:
    """A running server, and the lines that it greeted with."""

    process: "subprocess.Popen[str]"
    greeting: str

    @property
    def url(self) -> str:
        return self._find(r"Orario is at (\S+)")

    @property
    def token(self) -> str:
        return self._find(r"Token: (\S+)")

    @property
    def curl(self) -> str:
        return self.greeting[self.greeting.index("curl ") :]

    def _find(self, pattern: str) -> str:
        found = re.search(pattern, self.greeting)
        assert found is not None, self.greeting
        return found[1]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE)


@contextmanager
def serving(folder: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server on a database in `folder`, on a free port, stopped at the end whatever happens."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ORARIO_")}
    environment |= {"PYTHONPATH": SOURCES, "ORARIO_HEARTBEAT_SECONDS": "0.5", **(settings or {})}
    with (folder / "stderr.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orario.cli", "serve", "--port", "0", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # ignored in a background shell
        )
    try:
        yield Served(process, _greeting(process))
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _greeting(process: "subprocess.Popen[str]") -> str:
    """All up to the curl's last line; a server that says nothing for too long is killed, and has said nothing."""
    assert process.stdout is not None
    limit = Timer(_PATIENCE, process.kill)
    limit.start()
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.lstrip().startswith("-d "):
            break
    limit.cancel()
    return "".join(lines)
