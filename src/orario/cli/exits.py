"""Every exit code of the command line, in one table.

| code | name        | when                                                                     |
|------|-------------|--------------------------------------------------------------------------|
| 0    | OK          | done; what was watched ended as a success                                |
| 1    | FAILED      | the execution failed, a check failed, or Orario itself did               |
| 2    | INVALID     | wrong usage, a bad setting, or a request that is not valid (400, 422)    |
| 3    | NOT_FOUND   | there is no such job, execution, task, token, queue or calendar (404)    |
| 4    | DENIED      | no token, a wrong token, or one with too little a role (401, 403)        |
| 5    | CONFLICT    | the state does not allow it, or it was changed meanwhile (409, 412)      |
| 6    | UNREACHABLE | no server answers, or there is no database                               |
| 124  | TIMEOUT     | the execution ran into its time-out                                      |
| 130  | CANCELLED   | the execution was cancelled, or the command was by Ctrl-C                |
"""

from enum import IntEnum

from orario.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Misconfigured,
    NotAuthenticated,
    NotFound,
    OrarioError,
)
from orario.core.execution import State


class Exit(IntEnum):
    """How the command ends, for scripts."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NOT_FOUND = 3
    DENIED = 4
    CONFLICT = 5
    UNREACHABLE = 6
    TIMEOUT = 124
    CANCELLED = 130


_BY_STATUS = {
    400: Exit.INVALID,
    401: Exit.DENIED,
    403: Exit.DENIED,
    404: Exit.NOT_FOUND,
    409: Exit.CONFLICT,
    412: Exit.CONFLICT,
    413: Exit.INVALID,
    422: Exit.INVALID,
    502: Exit.UNREACHABLE,
    503: Exit.UNREACHABLE,
    504: Exit.UNREACHABLE,
}

_BY_STATE = {
    State.SUCCESS: Exit.OK,
    State.FAILED: Exit.FAILED,
    State.MISSED: Exit.FAILED,
    State.SKIPPED: Exit.FAILED,
    State.TIMEOUT: Exit.TIMEOUT,
    State.CANCELLED: Exit.CANCELLED,
}

_BY_ERROR: tuple[tuple[type[OrarioError], Exit], ...] = (
    (Invalid, Exit.INVALID),
    (Misconfigured, Exit.INVALID),
    (NotFound, Exit.NOT_FOUND),
    (NotAuthenticated, Exit.DENIED),
    (Forbidden, Exit.DENIED),
    (Conflict, Exit.CONFLICT),
)


def by_status(status: int) -> Exit:
    """What an answer of the API means to a script."""
    return _BY_STATUS.get(status, Exit.OK if status < 400 else Exit.FAILED)


def by_state(state: str) -> Exit:
    """What the end of a watched execution means to a script."""
    return _BY_STATE.get(State(state), Exit.FAILED)


def by_error(error: OrarioError) -> Exit:
    """What an error raised inside this process means to a script."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.FAILED)


class Failure(Exception):
    """The command ends here: `lines` go to stderr, `code` to the shell."""

    def __init__(self, code: Exit, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.code = code
        self.lines = lines
