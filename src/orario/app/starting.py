"""What an app needs of a scheduler to begin with: the jobs, secrets and rules that `orario init` writes for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Setup:
    """What is written, all of it again whenever it is asked for."""

    secret: str | None = None  # the name of the secret that the jobs refer to
    jobs: Sequence[Mapping[str, Any]] = ()  # as `orario jobs export` writes them
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # on notices, by name


@dataclass(frozen=True)
class Init:
    """How `orario init APP` asks and what it makes of the answers.

    `plan(base_url, secret, wishes)` is given the secret only to look at it: its value is kept under the name that
    the Setup says, and nowhere else. It is None where it stays as it is. Raises Invalid.
    """

    plan: Callable[[str, str | None, Mapping[str, str]], Setup]
    variable: str | None = None  # where the secret is looked for first
    wishes: Mapping[str, str] = field(default_factory=dict)  # further answers, and what they are unless given
