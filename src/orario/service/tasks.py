"""The registered functions that jobs may name."""

from dataclasses import dataclass

from orario.core.errors import NotFound
from orario.service.pages import Page, offset_of
from orario.service.tools import Tools
from orario.store import tasks
from orario.store.tasks import TaskView

__all__ = ["TaskView", "Tasks"]


@dataclass(frozen=True)
class Tasks:
    """Tasks whose code is there; `get` knows the others too."""

    tools: Tools

    def find(self, is_active: bool | None = None, page: int = 1, per_page: int = 50) -> Page[TaskView]:
        """A page of tasks, in the order of their numbers."""
        with self.tools.database.reading() as connection:
            found, total = tasks.find(connection, is_active, per_page, offset_of(page, per_page))
        return Page(found, total, page, per_page)

    def get(self, ref: int | str) -> TaskView:
        """The task of this number or name; raises NotFound."""
        with self.tools.database.reading() as connection:
            found = tasks.get(connection, ref) if isinstance(ref, int) else None
            if isinstance(ref, str) and ref.isprintable():
                found = tasks.by_name(connection, [ref]).get(ref)
        if found is None:
            raise NotFound("There is no such task")
        return found
