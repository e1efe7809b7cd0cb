"""What an app shows a newcomer: believable rows that can be put in and taken out, and servers that stand in."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Callable[[Any], Mapping[str, int]]  # given the services; how many rows, by kind


@dataclass(frozen=True)
class StandIn:
    """A server on this machine that plays one which an app talks to, for demonstrations.

    `start` answers with the variables by which Orario finds it. Stand-ins of one name are started once for all apps.
    """

    name: str
    start: Callable[[], Awaitable[Mapping[str, str]]]
    stop: Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Demo:
    """An app's demonstration. `load` twice makes nothing twice; `remove` takes out what `load` made, and no more."""

    load: Rows
    remove: Rows
    servers: Callable[[], Sequence[StandIn]] = tuple
