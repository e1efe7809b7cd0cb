"""The task of shell jobs: one command, whose output becomes log lines as it comes."""

import os
import signal
from collections import deque
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from orario import Context, Exposed, OrarioError, run_contained

_LAST_LINES = 10  # of the error output, in a failure's sentence
_COMMAND = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
    ]
}
_SEEN = Exposed('everybody on the machine sees a command line; put it into env, and write "$NAME" here')
_OURS = "ORARIO_"  # settings of the server, which hold its secrets


class CommandFailed(OrarioError):
    """The command could not be run, or did not end well."""


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError("a command has no NUL characters")
    return value


def _checked_command(value: object) -> object:
    words = value if isinstance(value, list) else [value]
    texts = [_without_nul(word) for word in words if isinstance(word, str)]
    if len(texts) < len(words) or not any(texts[:1]):
        raise ValueError("a command is a line for the shell, or a program and its arguments as a list")
    return value


Word = Annotated[str, Field(max_length=65_536), AfterValidator(_without_nul)]
# One validator instead of a union of types: the error then has one place and one sentence.
Command = Annotated[str | list[str], PlainValidator(_checked_command), WithJsonSchema(_COMMAND), _SEEN]
Folder = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_without_nul)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=256)]


async def command(
    context: Context,
    command: Command,
    cwd: Folder | None = None,
    env: dict[Variable, Word] | None = None,
) -> dict[str, int]:
    """Run a command line in /bin/sh, or a program with its arguments; exit code 0 is success."""
    argv = ["/bin/sh", "-c", command] if isinstance(command, str) else command
    counted = Output(context)
    try:
        finished = await run_contained(
            argv, cwd=cwd, env=environment(os.environ, context, env or {}), on_output=counted.take
        )
    except OSError as error:
        raise CommandFailed(f"{error.strerror}: {error.filename}" if error.filename else str(error)) from error
    if finished.exit_code != 0:
        raise CommandFailed(f"{_ending(finished.exit_code, finished.signal)}{counted.last_words()}")
    return {"exitCode": finished.exit_code, "lines": counted.lines}


def environment(inherited: Mapping[str, str], context: Context, given: Mapping[str, str]) -> dict[str, str]:
    """The server's environment without Orario's own settings, then the job's, then what this execution is."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_OURS)}
    told = {
        "ORARIO_EXECUTION_ID": str(context.execution_id),
        "ORARIO_ATTEMPT": str(context.attempt),
        "ORARIO_JOB": context.job,
        "ORARIO_SCHEDULED_FOR": context.scheduled_for.isoformat(),
    }
    return {**kept, **given, **told}


class Output:
    """Hands the lines of a command to the log, and remembers the last of its complaints."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._complaints: deque[str] = deque(maxlen=_LAST_LINES)
        self.lines = 0

    def take(self, stream: str, line: str) -> None:
        self.lines += 1
        if stream == "stderr":
            self._complaints.append(line)
            self._context.warn(line)
        else:
            self._context.info(line)

    def last_words(self) -> str:
        said = "\n".join(self._complaints).strip()
        return f"; its error output ends:\n{said}" if said else ", without a word of error output"


def _ending(code: int | None, number: int | None) -> str:
    if code is None and number is not None:
        return f"the command was ended by signal {number} ({_signal_name(number)})"
    return f"the command ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unnamed"
