"""Every error that Orario raises on purpose, in one tree.

OrarioError
├── Refused                what was asked cannot be done; nothing was stored
│   ├── Invalid            the request is malformed; `problems` says where
│   ├── NotAuthenticated   nobody said who is asking
│   ├── Forbidden          the one who asks may not do this
│   ├── NotFound           there is no such thing
│   └── Conflict           it exists, but its state does not allow this
│       └── Outdated       it was changed by somebody else in the meantime
├── Misconfigured          a setting, an app or a declaration is wrong; nothing was started
├── Fenced                 this instance no longer holds the right it is using
└── AttemptEnded           raised inside a task
    ├── Cancelled          the attempt was told to stop (time-out, cancel, shutdown)
    └── GiveUp             the task asks not to be tried again
"""

from dataclasses import dataclass


class OrarioError(Exception):
    """Something went wrong in Orario."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def message(self) -> str:
        return str(self.args[0])


class Refused(OrarioError):
    """What was asked cannot be done."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a request: its place, in words, and in a machine's word.

    `loc` is the path to the value, without the leading "body" or "query": ("scheduleConfig", "hours").
    """

    loc: tuple[str | int, ...]
    message: str
    kind: str = "value_error"

    def under(self, *prefix: str | int) -> "Problem":
        return Problem((*prefix, *self.loc), self.message, self.kind)


class Invalid(Refused):
    """The request is not valid."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(_sentence(problem) for problem in problems))
        self.problems = problems

    def under(self, *prefix: str | int) -> "Invalid":
        """The same error seen from further out: every place gets the prefix."""
        return Invalid(*(problem.under(*prefix) for problem in self.problems))


def invalid(*loc: str | int, message: str, kind: str = "value_error") -> Invalid:
    """An Invalid with a single problem."""
    return Invalid(Problem(loc, message, kind))


def _sentence(problem: Problem) -> str:
    place = ".".join(str(part) for part in problem.loc)
    return f"{place}: {problem.message}" if place else problem.message


class NotAuthenticated(Refused):
    """Not authenticated."""


class Forbidden(Refused):
    """You may not do this."""


class NotFound(Refused):
    """There is no such thing."""


class Conflict(Refused):
    """The current state does not allow this."""


class Outdated(Conflict):
    """It was changed by somebody else in the meantime."""


class Misconfigured(OrarioError):
    """A setting, an app or a declaration is wrong."""


class Fenced(OrarioError):
    """This instance no longer holds the right it is using."""


class AttemptEnded(OrarioError):
    """The attempt ends here."""


class Cancelled(AttemptEnded):
    """The attempt was told to stop."""


class GiveUp(AttemptEnded):
    """The task asked not to be tried again."""
