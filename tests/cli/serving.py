"""Starts `orario serve` in a process of its own, reads what it says and stops it."""

import os
import re
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.hatching import Hatched

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join([str(ROOT / "src"), str(ROOT)])  # of this checkout, whichever one is installed
_PATIENCE = 60.0  # seconds for a server to start, on a busy machine
_WHOLE = re.compile(r".*?^ *-d [^\n]*\n", re.DOTALL | re.MULTILINE)


@dataclass
class Served:
    """A running server, and where it says what."""

    process: Hatched
    greeting: str  # up to the curl's last line
    _answers: Path
    _start: int  # of what it said, where others have spoken before

    @property
    def url(self) -> str:
        return self._find(r"Orario is at (\S+)")

    @property
    def token(self) -> str:
        return self._find(r"Token: (\S+)")

    @property
    def curl(self) -> str:
        return self.greeting[self.greeting.index("curl ") :]

    @property
    def said(self) -> str:
        """All that it has said on stdout."""
        return self._answers.read_text()[self._start :]

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
    answers = folder / "stdout.log"
    answers.touch()
    start = len(answers.read_text())
    words = ["orario.cli", "serve", "--port", "0", *arguments]
    process = Hatched(words, folder, environment, folder / "stderr.log", answers)
    try:
        yield Served(process, _greeting(process, answers, start), answers, start)
    finally:
        process.kill()


def _greeting(process: Hatched, answers: Path, start: int) -> str:
    """All up to the curl's last line; a server that ends, or says nothing for too long, has said what it has."""
    until = time.monotonic() + _PATIENCE
    while True:
        has_ended = process.poll() is not None
        said = answers.read_text()[start:]
        if found := _WHOLE.match(said):
            return found[0]
        if has_ended or time.monotonic() > until:
            return said
        time.sleep(0.01)
