"""A real Context whose words are written into a notebook, to call a task's function by itself."""

from asyncio import Event
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orario import App, Context, Level, Trigger
from orario.core.execution import Progress
from orario.executors.context import Facts


@dataclass
class Notebook:
    """Where the words of an attempt go."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    stop_reason: str | None = None
    services: object = None
    has_spoken: Event = field(default_factory=Event)

    def notice(self, *, is_raised: bool = False) -> None: ...

    def write(self, level: Level, message: str, details: Mapping[str, Any] | None) -> None:
        self.lines.append((level.value, message))
        self.has_spoken.set()

    def note(self, metadata: Mapping[str, Any]) -> None:
        self.metadata = dict(metadata)

    def tell(self, progress: Progress) -> None: ...

    def hide(self, text: str) -> str:
        return text

    def conceal(self, secrets: Sequence[str]) -> None: ...

    def later(self, call: object) -> None: ...


FACTS = Facts(
    execution_id=UUID(int=7),
    attempt=1,
    app="test",
    job="nightly",
    trigger=Trigger.SCHEDULER,
    scheduled_for=datetime(2026, 1, 1, tzinfo=UTC),
    timeout=None,
)


async def call(app: App, task: str, notebook: Notebook | None = None, /, **args: Any) -> dict[str, Any]:
    """What an attempt does: bind the arguments, give the context, await the function."""
    found = app.tasks[task]
    context = Context(FACTS, notebook or Notebook(), is_cancelled_at_await=True)
    result: dict[str, Any] = await found.function(context=context, **found.bind(args))
    return result
