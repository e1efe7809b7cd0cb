"""Makes a million jobs that are much alike: what they share is worked out once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from orario.core.task import Task
from orario.service.defining import Definer, require_due
from orario.service.documents import JobDocument
from orario.store import calendars, jobcodec

_OWN = frozenset({"name", "slug", "description", "task_args"})
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """A row for all jobs that differ in what is `_OWN` only, and their first moment."""

    params: tuple[Any, ...]
    first: datetime | None  # None: a disabled job


@dataclass
class Recipes:
    """For the jobs of one moment."""

    definer: Definer
    connection: Connection
    now: datetime
    by: str | None
    arguments: dict[tuple[str, str], str]  # JSON as sent: JSON as stored; outlives the moment
    _known: dict[str, Recipe] = field(default_factory=dict)

    def make(self, document: JobDocument, task: Task, id: UUID, slug: str) -> Recipe:
        """The row of one job, and its first moment."""
        args = document.task_args or {}
        stored = self._stored(task, args)
        shared = {name: getattr(document, name) for name in document.model_fields_set if name not in _OWN}
        key = repr(shared)
        recipe = self._known.get(key)
        if recipe is None or "jitter_seconds" in shared:  # a job's jitter depends on its id
            recipe = self._known[key] = self._work_out(shared, document, task, id, slug)
        own = (id.hex, slug, document.name, document.description, stored)
        return Recipe(jobcodec.with_own(recipe.params, *own), recipe.first)

    def _stored(self, task: Task, args: Mapping[str, Any]) -> str:
        key = (task.name, json.dumps(args))
        found = self.arguments.get(key)
        if found is None:
            if len(self.arguments) >= _MOST_REMEMBERED:
                self.arguments.clear()
            found = jobcodec.dumped(self.definer.arguments.checked(task, args, {}))
            self.arguments[key] = found
        return found

    def _work_out(self, shared: Mapping[str, Any], document: JobDocument, task: Task, id: UUID, slug: str) -> Recipe:
        sent = {**shared, "name": document.name, "task_args": document.task_args}
        job = self.definer.new(sent, task, id, slug, self.now, self.by)
        first = require_due(job, calendars.dates(self.connection, job.calendars), self.now)
        return Recipe(jobcodec.to_params(job, None), first if job.is_active else None)
