"""Makes a job's short name from its long one."""

import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import Conflict
from orario.store import jobs

_LONGEST = 80
_TRIES = 9


def slug_of(name: str) -> str:
    """`Café Report (daily)` is `cafe-report-daily`; a name without Latin letters is `job`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "job"


def free_slug(connection: Connection, name: str, id: UUID) -> str:
    """A slug that no job has: the name's own, or with a number behind it, or with a part of the id."""
    base = slug_of(name)
    tries = [base, *(f"{base}-{number}" for number in range(2, _TRIES + 1)), with_id(base, id)]
    taken = jobs.taken_slugs(connection, tries)
    return next(slug for slug in tries if slug not in taken)


def free_slugs(connection: Connection, wanted: Iterable[tuple[str, UUID]], given: set[str]) -> list[str]:
    """Slugs for many (name, id) at once; `given` are those this request gave out already, and grows."""
    bases = [(slug_of(name), id) for name, id in wanted]
    taken = jobs.taken_slugs(connection, {base for base, _ in bases})
    found = []
    for base, id in bases:
        slug = with_id(base, id) if base in taken or base in given else base
        given.add(slug)
        found.append(slug)
    return found


def with_id(base: str, id: UUID) -> str:
    """A slug that is as unique as the id. The end of an id is chance, the start is time."""
    return f"{base}-{id.hex[-10:]}"


def require_free(connection: Connection, slug: str) -> None:
    """Raise Conflict when a job has this slug."""
    if jobs.taken_slugs(connection, [slug]):
        raise Conflict(f"The slug {slug} is taken by another job; choose another, or leave it out")
