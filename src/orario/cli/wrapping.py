"""Runs a command as if nobody watched, and keeps the end of what it says."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, Thread
from types import FrameType
from typing import IO, BinaryIO

KEPT = 100_000  # bytes
_NOT_FOUND, _NOT_RUNNABLE, _BY_SIGNAL = 127, 126, 128  # what shells answer
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_CHUNK = 65_536
_LAST_WORDS = 2.0  # seconds


@dataclass(frozen=True)
class Wrapped:
    """How a command ended, as a shell would say it."""

    code: int
    tail: str


def run_wrapped(command: Sequence[str]) -> Wrapped:
    """Run it with this process's own input, output and errors; signals are passed on to it."""
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        return Wrapped(_NOT_FOUND, f"{command[0]}: there is no such command")
    except OSError as error:
        return Wrapped(_NOT_RUNNABLE, f"{command[0]}: {error.strerror}")
    tail = _Tail()
    pipes = ((process.stdout, sys.stdout), (process.stderr, sys.stderr))
    copiers = [Thread(target=_copy, args=(source, target.buffer, tail.add), daemon=True) for source, target in pipes]
    with _signals_to(process):
        for one in copiers:
            one.start()
        code = process.wait()
        for one in copiers:
            one.join(_LAST_WORDS)  # a daemon that it left behind may keep them open
    return Wrapped(code if code >= 0 else _BY_SIGNAL - code, tail.text())


class _Tail:
    """The last bytes of both streams, as they came."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bytes = bytearray()

    def add(self, chunk: bytes) -> None:
        with self._lock:
            self._bytes += chunk
            del self._bytes[:-KEPT]

    def text(self) -> str:
        with self._lock:
            return self._bytes.decode("utf-8", "replace")


def _copy(source: IO[bytes] | None, target: BinaryIO, keep: Callable[[bytes], None]) -> None:
    assert source is not None
    while chunk := source.read1(_CHUNK):  # type: ignore[attr-defined]
        keep(chunk)
        try:
            target.write(chunk)
            target.flush()
        except OSError:  # nobody reads it any more; the command is not to suffer
            continue


@contextmanager
def _signals_to(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    def pass_on(number: int, frame: FrameType | None) -> None:
        # Ctrl-C at a terminal reaches the command by itself.
        if number != signal.SIGINT or not sys.stdin.isatty():
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _PASSED_ON}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
