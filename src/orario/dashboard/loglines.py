"""The log of an execution as pages show it: a part at a time, from either end, live."""

import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from orario.core.execution import Execution, Level, LogLine
from orario.dashboard.moments import iso, local, whole
from orario.service.services import Services
from orario.store.wake import Wake
from orario.web.following import Follower, event

AT_ONCE = 500
_BRIEF = 100
_LAST = 2**63 - 1
_ASK_AGAIN = 20.0  # seconds after which a stream makes sure that its reader is still signed in


class Asked(NamedTuple):
    """Which lines are wanted: after or before one (the latest of all, if neither), how grave, holding what."""

    after: int = 0
    before: int | None = None
    level: Level | None = None
    text: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Asked":
        """What a query asks for; what means nothing is as if it were not there."""
        after, before = _number(query.get("after", "")), _number(query.get("before", ""))
        level = query.get("level", "")
        return cls(
            after or 0,
            before if before is not None or after is not None else _LAST,
            Level(level) if level in set(Level) else None,
            query.get("q", "").strip()[:200],
        )


class Shown(NamedTuple):
    """A line as templates want it."""

    line: LogLine
    at: str  # for machines
    clock: str  # to the millisecond, in the reader's zone
    title: str
    details: str | None
    brief: str  # the details in a line


def page(services: Services, id: UUID | str, asked: Asked) -> list[LogLine]:
    """The lines that are asked for, in order."""
    return services.executions.logs(id, asked.after, asked.level, AT_ONCE, asked.text or None, asked.before)


def shown(lines: Sequence[LogLine], zone: str) -> list[Shown]:
    """Lines with their times on the wall of a zone."""
    return [
        Shown(
            line,
            iso(line.at),
            f"{local(line.at, zone):%H:%M:%S}.{line.at.microsecond // 1000:03d}",
            whole(line.at, zone),
            None if not line.details else json.dumps(line.details, indent=2, ensure_ascii=False, default=str),
            _brief(line.details or {}),
        )
        for line in lines
    ]


def _brief(details: Mapping[str, Any]) -> str:
    """`order=17 branch=north`, as much of it as a line holds."""
    said = " ".join(f"{name}={'…' if isinstance(one, dict | list) else one}" for name, one in details.items())
    return said if len(said) <= _BRIEF else said[: _BRIEF - 1] + "…"


def texts(services: Services, id: UUID) -> Iterator[str]:
    """Every line as text, a part of the log at a time."""
    after = 0
    while lines := services.executions.logs(id, after, None, AT_ONCE):
        after = lines[-1].id
        for line in lines:
            details = f" {json.dumps(line.details, ensure_ascii=False, default=str)}" if line.details else ""
            yield f"{iso(line.at)} {line.level.value:<5} #{line.attempt} {line.message}{details}\n"


def follow(
    services: Services, wake: Wake, environment: Environment, id: str, asked: Asked, zone: str
) -> AsyncIterator[str]:
    """Events `lines` with the lines as they come, then `end`."""
    template = environment.get_template("execution/lines.html")

    def tell(lines: Sequence[LogLine]) -> str:
        html = template.render(lines=shown(lines, zone))
        return event("lines", json.dumps({"html": html, "last": lines[-1].id}), lines[-1].id)

    def end(execution: Execution) -> str:
        return event("end", json.dumps({"state": execution.state.value}))

    follower = Follower(services.executions, wake, id, tell, end, asked.after, asked.level, asked.text or None)
    return follower.events()


async def while_allowed(events: AsyncIterator[str], is_allowed: Callable[[], Any]) -> AsyncIterator[str]:
    """The same events, until their reader is signed out."""
    asked = time.monotonic()
    async for one in events:
        if time.monotonic() - asked > _ASK_AGAIN:
            asked = time.monotonic()
            if not await run_in_threadpool(is_allowed):
                return
        yield one


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
