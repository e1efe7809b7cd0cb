"""How a child process tells its words: JSON messages, in lines that a loop reads.

A message takes one line or more; a line is a piece of it after `.` (the last one) or a space (more follows).

    {"log": [level, message, details]}   {"progress": [total, processed, failed]}
    {"conceal": [secret, ...]}
    {"note": metadata}                   {"outcome": {ending, result, error_message, error_stack, may_retry}}
"""

import json
import os
import threading
from asyncio import Task
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from orario.core.errors import Cancelled
from orario.core.execution import Ending, Level, Outcome, Progress
from orario.executors.cleaning import fit
from orario.executors.context import Context, Voice
from orario.executors.progress import QUIET

PIECE = 32 * 1024
TOLD_TO_STOP = "The process was told to stop"


class Speaker:
    """The child's side: the Voice of its context."""

    services = None

    def __init__(self, fd: int) -> None:
        os.set_inheritable(fd, False)  # what the function starts must not hold the channel open
        self.stop_reason: str | None = None
        self.context: Context | None = None
        self._fd = fd
        self._lock = threading.Lock()
        self._main = threading.main_thread()
        self._is_speaking = self._is_interrupted = False  # both about the main thread

    def interrupt(self) -> None:
        """SIGTERM has come: raise Cancelled in the main thread, but never in the middle of a message."""
        self.stop_reason = TOLD_TO_STOP
        if self._is_speaking:
            self._is_interrupted = True
        else:
            raise Cancelled(TOLD_TO_STOP)

    def cancel(self, task: Task[Any]) -> None:
        """SIGTERM has come while a loop runs."""
        self.stop_reason = TOLD_TO_STOP
        task.cancel()

    def finish(self, outcome: Outcome) -> None:
        """The last word."""
        if self.context is not None:
            self.tell(self.context.progress.now())
        self.say("outcome", asdict(outcome))

    def notice(self, *, is_raised: bool = False) -> None:
        return

    def hide(self, text: str) -> str:
        return text  # what this process prints is masked where it is overheard

    def conceal(self, secrets: Sequence[str]) -> None:
        self.say("conceal", list(secrets))

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        self.say("log", [level.value, message, None if details is None else fit(details)])

    def tell(self, progress: Progress) -> None:
        self.say("progress", [progress.total, progress.processed, progress.failed])

    def later(self, call: Callable[[], None]) -> None:
        timer = threading.Timer(QUIET, call)
        timer.daemon = True
        timer.start()

    def note(self, metadata: Mapping[str, Any]) -> None:
        self.say("note", metadata)

    def say(self, kind: str, content: Any) -> None:
        text = json.dumps({kind: content}, default=str)
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        lines = [f" {piece}\n" for piece in pieces[:-1]] + [f".{pieces[-1]}\n"]
        is_main = threading.current_thread() is self._main
        self._is_speaking = self._is_speaking or is_main
        try:
            with self._lock:
                self._send("".join(lines).encode())
        finally:
            if is_main:
                self._is_speaking = False
        if is_main and self._is_interrupted:
            self._is_interrupted = False
            raise Cancelled(TOLD_TO_STOP)

    def _send(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except OSError:  # nobody listens any more
                return


class Listener:
    """Orario's side: hands on what the child says."""

    def __init__(self, voice: Voice, on_outcome: Callable[[Outcome], None]) -> None:
        self._voice = voice
        self._on_outcome = on_outcome
        self._pieces: list[str] = []

    def hear(self, line: str) -> None:
        """One line of the channel. A child that writes nonsense there is not listened to."""
        self._pieces.append(line[1:])
        if not line.startswith("."):
            return
        text, self._pieces = "".join(self._pieces), []
        try:
            ((kind, content),) = json.loads(text).items()
            self._heed(kind, content)
        except (ValueError, TypeError, AttributeError, LookupError):
            return

    def _heed(self, kind: str, content: Any) -> None:
        if kind == "log":
            level, message, details = content
            self._voice.write(Level(level), message, details)
        elif kind == "progress":
            self._voice.tell(Progress(*content))
        elif kind == "note":
            self._voice.note(content)
        elif kind == "conceal":
            self._voice.conceal(content)
        elif kind == "outcome":
            self._on_outcome(Outcome(**{**content, "ending": Ending(content["ending"])}))
