"""New jobs, one at a time or a million."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from orario.core.errors import Conflict, Invalid
from orario.core.hygiene import check_text
from orario.core.ids import new_id, new_ids
from orario.core.job import Job
from orario.core.task import Task
from orario.service.actors import Actor
from orario.service.catalog import require_task
from orario.service.defining import require_due
from orario.service.documents import JobDocument, given
from orario.service.recipes import Recipes
from orario.service.slugs import free_slug, free_slugs, require_free
from orario.service.tools import Change, Tools
from orario.service.viewing import JobView, require_job, view
from orario.service.writing import enter
from orario.store import calendars, cursors, idempotency, jobs
from orario.store.wake import Topic

BATCH = 5000
_CHECKPOINT_EVERY = 4  # batches
_LONGEST_KEY = 255


def create(tools: Tools, document: JobDocument, actor: Actor, key: str | None) -> JobView:
    """A new job; the same request under the same key within a day is answered with the job it made."""
    if key is not None:
        check_text(key, "Idempotency-Key", longest=_LONGEST_KEY, empty=False)
    try:
        with tools.changing(actor) as change:
            job = _earlier(tools, change, document, key) or _created(tools, change, document, key)
            return view(change.connection, job, tools.vault)
    except IntegrityError:  # another process took the slug, or the key, between our look and our writing
        raise Conflict("Another request made a job of the same slug or key just now; try again") from None


def _created(tools: Tools, change: Change, document: JobDocument, key: str | None) -> Job:
    sent = given(document)
    task = require_task(change.connection, tools.catalog, document.task_function_id)
    id = new_id(change.now)
    if document.slug is not None:
        require_free(change.connection, document.slug)
    slug = document.slug or free_slug(change.connection, document.name, id)
    job = tools.definer.new(sent, task, id, slug, change.now, change.actor.signature)
    first = require_due(job, calendars.dates(change.connection, job.calendars), change.now)
    enter(change, job, first)
    if key is not None:
        who, digest = _who(change.actor), _digest(tools, document)
        idempotency.remember(change.connection, who, key, digest, str(job.id), change.now)
    return job


def _earlier(tools: Tools, change: Change, document: JobDocument, key: str | None) -> Job | None:
    if key is None:
        return None
    earlier = idempotency.recall(change.connection, _who(change.actor), key, change.now)
    if earlier is None:
        return None
    if earlier.digest != _digest(tools, document):
        raise Conflict("This Idempotency-Key was used for another request in the last day; use a fresh one")
    return require_job(change.connection, earlier.subject_id)


def _who(actor: Actor) -> str:
    return actor.id or actor.name


def _digest(tools: Tools, document: JobDocument) -> str:
    text = json.dumps(document.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    return hmac.new(tools.vault.pepper, text.encode(), hashlib.sha256).hexdigest()


def create_many(tools: Tools, documents: Sequence[JobDocument], actor: Actor) -> list[UUID]:
    """New jobs in transactions of 5,000; raises Invalid with the place in the list, then its batch is undone."""
    made: list[UUID] = []
    slugs: set[str] = set()
    arguments: dict[tuple[str, str], str] = {}
    for start in range(0, len(documents), BATCH):
        batch = documents[start : start + BATCH]
        with tools.changing(actor, Topic.SCHEDULE, Topic.CHANGED) as change:
            recipes = Recipes(tools.definer, change.connection, change.now, actor.signature, arguments)
            made += _create_batch(tools, change, recipes, batch, start, slugs)
        if start % (_CHECKPOINT_EVERY * BATCH) == 0:
            tools.database.checkpoint()  # or the log of a million jobs grows beyond all caches
    return made


def _create_batch(
    tools: Tools, change: Change, recipes: Recipes, batch: Sequence[JobDocument], start: int, slugs: set[str]
) -> list[UUID]:
    ids = [UUID(hex=text) for text in new_ids(change.now, len(batch))]
    names = _slugs(change, batch, ids, slugs)
    tasks: dict[int, Task] = {}
    rows, steps = [], []
    for position, (document, id, slug) in enumerate(zip(batch, ids, names, strict=True)):
        try:
            task = tasks.get(document.task_function_id)
            if task is None:
                task = require_task(change.connection, tools.catalog, document.task_function_id)
                tasks[document.task_function_id] = task
            recipe = recipes.make(document, task, id, slug)
        except Invalid as error:
            raise error.under(start + position) from None
        rows.append(recipe.params)
        steps.append((id, change.now, recipe.first))
    jobs.add_rows(change.connection, rows)
    cursors.start(change.connection, steps)
    summary: dict[str, Any] = {"count": len(ids), "first": str(ids[0]), "last": str(ids[-1])}
    change.record("job.create_many", "job", ids[0], after=summary)
    return ids


def _slugs(change: Change, batch: Sequence[JobDocument], ids: Sequence[UUID], given_out: set[str]) -> list[str]:
    given = {document.slug for document in batch if document.slug is not None}
    if taken := jobs.taken_slugs(change.connection, given) | (given & given_out):
        raise Conflict(f"The slug {min(taken)} is taken by another job; choose another, or leave it out")
    given_out |= given
    free = iter(
        free_slugs(
            change.connection,
            [(document.name, id) for document, id in zip(batch, ids, strict=True) if document.slug is None],
            given_out,
        )
    )
    return [document.slug or next(free) for document in batch]
