"""Running a program such that everything it starts ends with it: Orario's side of the warden (warden.py)."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from orario.executors.wires import Feed, Lines

WARDEN = (sys.executable, "-I", "-S", "-E", str(Path(__file__).with_name("warden.py")))
Listener = Callable[[str, str], None]
MARKER = "ORARIO_EXECUTION_ID"
# Once every known writer is dead, output ends at once, unless a stranger was handed the descriptor.
DRAIN_SECONDS = 5.0


@dataclass(frozen=True)
class Finished:
    """How a program ended: with `exit_code`, or by `signal`; `stopped` says that the end was our doing."""

    exit_code: int | None
    signal: int | None
    stopped: bool


async def run_contained(
    argv: Sequence[str],
    *,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    on_output: Listener | None = None,
    pass_fds: Sequence[int] = (),
    grace: float = 5.0,
) -> Finished:
    """Run a program and all that descends from it; return, or raise, only when nothing of it is left.

    `on_output` gets ("stdout" or "stderr", line) as the lines come. A cancel ends the whole tree: TERM, after
    `grace` seconds KILL; a second cancel means KILL now. A program that cannot be started raises OSError's
    fitting child: FileNotFoundError, PermissionError, NotADirectoryError.
    """
    command = Command(argv, cwd, os.environ if env is None else env, pass_fds)
    packed = command.packed()
    with ExitStack() as ours:
        ward = Ward(command, on_output, ours)
        ward.start(packed, stdin, grace)
        await ward.over()
    if ward.cancelled:
        raise ward.cancelled
    if ward.trouble:
        raise ward.trouble
    return ward.finished()


@dataclass(frozen=True)
class Command:
    """What is to run, where, and what it is given."""

    argv: Sequence[str]
    cwd: str | None
    env: Mapping[str, str]
    pass_fds: Sequence[int]

    def packed(self) -> bytes:
        """In the form that the warden reads: ten digits of length, then fields with NUL between."""
        entries = [f"{key}={value}" for key, value in self.env.items()]
        fds = " ".join(map(str, self.pass_fds))
        fields = [self.cwd or "", fds, str(len(self.argv)), *self.argv, *entries]
        if not self.argv or any("\0" in field for field in fields):
            raise ValueError("a command needs at least one word, and no NUL character anywhere")
        body = os.fsencode("\0".join(fields))
        return b"%010d" % len(body) + body

    def refusal(self, number: int, step: str) -> OSError:
        """Why it did not start; by the number OSError itself becomes FileNotFoundError or one of its like."""
        program, reason = self.argv[0], os.strerror(number)
        if step == "cwd":
            return OSError(number, f"cannot work in this directory: {reason}", self.cwd)
        if step == "fork":
            return OSError(number, f"cannot start another process: {reason}")
        if isinstance(OSError(number, ""), FileNotFoundError) and os.path.exists(self.place(program)):
            return OSError(number, "the interpreter named in the first line was not found", program)
        return OSError(number, f"cannot run this program: {reason}", program)

    def place(self, program: str) -> str:
        return os.path.join(self.cwd or "", program) if "/" in program else ""


class Ward:
    """One run: the warden, the wires to it and what it said."""

    def __init__(self, command: Command, on_output: Listener | None, ours: ExitStack) -> None:
        self.command, self.on_output, self.ours = command, on_output, ours
        self.loop = asyncio.get_running_loop()
        self.words: dict[str, list[str]] = {}
        self.cancelled: asyncio.CancelledError | None = None
        self.trouble: Exception | None = None
        self.outputs: list[Lines] = []

    def start(self, packed: bytes, stdin: bytes | None, grace: float) -> None:
        """Start the warden and tell it what to run. Nothing is awaited: a cancel cannot come in between."""
        with ExitStack() as theirs:
            near, far = socket.socketpair()
            theirs.callback(far.close)
            self.orders = self.feed(os.dup(near.fileno()))
            self.answers = self.lines(near.detach(), self.hear)
            self.process = subprocess.Popen(
                [*WARDEN, str(far.fileno()), str(grace)],
                stdin=self.give(theirs, stdin),
                stdout=self.take(theirs, "stdout"),
                stderr=self.take(theirs, "stderr"),
                env=bare_environment(),
                start_new_session=True,
                pass_fds=(far.fileno(), *self.command.pass_fds),
            )
        self.orders.send(packed)

    def give(self, theirs: ExitStack, stdin: bytes | None) -> int:
        if stdin is None:
            return subprocess.DEVNULL
        read, write = os.pipe()
        theirs.callback(os.close, read)
        feed = self.feed(write)
        feed.send(stdin)
        feed.end()
        return read

    def take(self, theirs: ExitStack, stream: str) -> int:
        if self.on_output is None:
            return subprocess.DEVNULL
        read, write = os.pipe()
        theirs.callback(os.close, write)
        self.outputs.append(self.lines(read, partial(self.tell, stream)))
        return write

    def feed(self, fd: int) -> Feed:
        feed = Feed(self.loop, fd)
        self.ours.callback(feed.close)
        return feed

    def lines(self, fd: int, tell: Callable[[str], None]) -> Lines:
        lines = Lines(self.loop, fd, tell)
        self.ours.callback(lines.close)
        return lines

    def hear(self, line: str) -> None:
        word, *rest = line.split()
        if word == "end":  # not left to the end of file: a fork of Orario may hold the warden's side open
            self.answers.close()
        else:
            self.words[word] = rest

    def tell(self, stream: str, line: str) -> None:
        """Hand a line on; the first exception of the listener ends the run and is raised when it is over."""
        if self.on_output is None or self.trouble:
            return
        try:
            self.on_output(stream, line)
        except Exception as trouble:
            self.trouble = trouble
            self.orders.send(b"t")

    async def over(self) -> None:
        """Wait until nothing is left: the warden has said so and gone, and the last output has been read."""
        await self.outlast(self.answers.ended)
        if not self.words:
            sweep(self.process.pid, self.command.env.get(MARKER))
        never = self.loop.create_future()
        while self.process.poll() is None:  # a matter of microseconds; no thread, no child watcher
            await self.outlast(never, limit=0.001)
        await self.outlast(*(output.ended for output in self.outputs), limit=DRAIN_SECONDS)
        if "left" in self.words:
            self.tell("stderr", f"orario: could not be ended: processes {' '.join(self.words['left'])}")

    async def outlast(self, *futures: asyncio.Future[None], limit: float | None = None) -> None:
        """Wait for all. A cancel makes the warden act, a second one act harder; none makes us leave early."""
        pending = set(futures)
        while pending:
            try:
                _, pending = await asyncio.wait(pending, timeout=limit)
                if limit:
                    return
            except asyncio.CancelledError as cancel:
                self.orders.send(b"k" if self.cancelled else b"t")
                self.cancelled = self.cancelled or cancel

    def finished(self) -> Finished:
        if failed := self.words.get("failed"):
            raise self.command.refusal(int(failed[0]), failed[1])
        if code := self.words.get("exit"):
            return Finished(int(code[0]), None, "stopped" in self.words)
        # Without a word the warden was killed itself, and the kernel killed the program for it.
        number = self.words.get("signal", [str(int(signal.SIGKILL))])[0]
        return Finished(None, int(number), "stopped" in self.words or not self.words)


def bare_environment() -> dict[str, str]:
    """The warden's own: no secrets of Orario or the program, only what its interpreter may need to load."""
    return {key: value for key, value in os.environ.items() if key.endswith("LD_LIBRARY_PATH")}


def sweep(session: int, marker: str | None) -> None:
    """Kill what a killed warden left behind: its session, and whoever carries this execution's mark."""
    for _ in range(100):
        found = [process for process in psutil.process_iter() if left_behind(process, session, marker)]
        for process in found:
            with suppress(psutil.Error):  # it may just have ended by itself
                process.kill()
        if not found:
            return


def left_behind(process: psutil.Process, session: int, marker: str | None) -> bool:
    try:
        if process.pid in (session, os.getpid()) or process.status() == psutil.STATUS_ZOMBIE:
            return False
        return os.getsid(process.pid) == session or (bool(marker) and process.environ().get(MARKER) == marker)
    except (OSError, psutil.Error):
        return False
