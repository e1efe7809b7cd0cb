"""Named secrets: set, listed without their values, deleted, sealed anew. Nobody reads a value back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import Field
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from orario.core.errors import Conflict, NotFound, invalid
from orario.core.hygiene import check_text
from orario.core.references import NAME
from orario.core.secrecy import MASK
from orario.service.actors import Actor
from orario.service.documents import given
from orario.service.fields import Document, Note
from orario.service.pages import Page, offset_of
from orario.service.tools import Change, Tools
from orario.store import resealing, secrets
from orario.store.secrets import SecretRow
from orario.store.wake import Topic

__all__ = ["Rotation", "SecretDocument", "SecretView", "Secrets"]

LONGEST = 65_536
_NAMED = 3  # jobs named in a refusal
_RECORDED = 100  # jobs named in the audit
_PASSES = 5


class SecretDocument(Document):
    """A secret's value, and what it is for."""

    value: str | None = Field(
        None,
        repr=False,
        description="The value; of a secret that is there already it may be left out, and stays.",
        json_schema_extra={"writeOnly": True},
    )
    description: Note | None = Field(None, description="What it is for.")


@dataclass(frozen=True)
class SecretView:
    """What may be known of a secret."""

    row: SecretRow
    used_by: list[str]  # slugs of the jobs that refer to it


@dataclass(frozen=True)
class Rotation:
    """What came of sealing everything with the first key."""

    renewed: int
    unreadable: list[str]  # where stands what no known key opens


@dataclass(frozen=True)
class Secrets:
    """A secret is named; NotFound when there is none of that name."""

    tools: Tools

    def find(self, page: int = 1, per_page: int = 50) -> Page[SecretView]:
        """The secrets, by name."""
        with self.tools.database.reading() as connection:
            rows, total = secrets.find(connection, per_page, offset_of(page, per_page))
            return Page(list(_views(connection, rows)), total, page, per_page)

    def get(self, name: str) -> SecretView:
        """One secret."""
        with self.tools.database.reading() as connection:
            return _view(connection, _require(connection, name))

    def put(self, name: str, document: SecretDocument, actor: Actor) -> SecretView:
        """Set a secret, new or not; the next attempt gets the new value."""
        if not NAME.fullmatch(name):
            raise invalid("name", message="starts with a letter, and has at most 100 letters, digits, _ . and -")
        if document.value is not None:
            check_text(document.value, "value", longest=LONGEST, lines=True, empty=False)
        try:
            with self.tools.changing(actor, Topic.CHANGED) as change:
                row = self._written(change, name, document)
                view = _view(change.connection, row)
        except IntegrityError:
            raise Conflict("Another request made a secret of this name just now; try again") from None
        self.tools.vault.forget()
        return view

    def _written(self, change: Change, name: str, document: SecretDocument) -> SecretRow:
        before = secrets.get(change.connection, name)
        if before is None and document.value is None:
            raise invalid("value", message="Field required", kind="missing")
        sealed = None if document.value is None else self.tools.vault.seal_value(document.value)
        by = change.actor.signature
        row = replace(before, updated_at=change.now, updated_by=by) if before else _new(change, name)
        if "description" in given(document):
            row = replace(row, description=document.description)
        if before is None:
            secrets.add(change.connection, row, sealed or "")
        else:
            secrets.save(change.connection, row, sealed)
        told = {"description": row.description} | ({} if sealed is None else {"value": MASK})
        was = None if before is None else {"description": before.description}
        change.record("secret.set", "secret", name, was, told)
        return row

    def delete(self, name: str, actor: Actor, *, force: bool = False) -> None:
        """Forget a secret; raises Conflict while jobs refer to it, unless forced: their attempts then fail."""
        with self.tools.changing(actor, Topic.CHANGED) as change:
            view = _view(change.connection, _require(change.connection, name))
            if view.used_by and not force:
                raise Conflict(_in_use(view.used_by))
            secrets.remove(change.connection, name)
            before = {"description": view.row.description, "usedBy": view.used_by[:_RECORDED]}
            change.record("secret.delete", "secret", name, before=before)
        self.tools.vault.forget()

    def rotate(self, actor: Actor) -> Rotation:
        """Encrypt whatever is sealed with the first key of ORARIO_KEY; the others are then needed no more."""
        renewed, unreadable = 0, list[str]()
        for _ in range(_PASSES):  # somebody may write, meanwhile, what was read before
            found, unreadable = self._pass()
            renewed += found
            if not found:
                break
        with self.tools.changing(actor) as change:
            change.record("secret.rotate", "secret", "*", after={"renewed": renewed, "unreadable": len(unreadable)})
        self.tools.vault.forget()
        return Rotation(renewed, unreadable)

    def _pass(self) -> tuple[int, list[str]]:
        renewed, unreadable = 0, list[str]()
        with self.tools.database.reading() as connection:
            places = resealing.places(connection)
        for place in places:
            after = None
            while True:
                with self.tools.database.writing() as connection:
                    page = resealing.renew(connection, place, after, self.tools.vault)
                renewed += page.renewed
                unreadable += page.unreadable
                after = page.last
                if after is None:
                    break
        return renewed, unreadable


def _new(change: Change, name: str) -> SecretRow:
    by = change.actor.signature
    return SecretRow(
        name=name, description=None, created_at=change.now, created_by=by, updated_at=change.now, updated_by=by
    )


def _require(connection: Connection, name: str) -> SecretRow:
    found = secrets.get(connection, name) if NAME.fullmatch(name) else None
    if found is None:
        raise NotFound("There is no such secret")
    return found


def _view(connection: Connection, row: SecretRow) -> SecretView:
    return next(_views(connection, [row]))


def _views(connection: Connection, rows: list[SecretRow]) -> Iterator[SecretView]:
    users = secrets.users(connection)
    for row in rows:
        yield SecretView(row, [job.slug for job, names in users if row.name in names])


def _in_use(slugs: list[str]) -> str:
    shown = ", ".join(slugs[:_NAMED]) + (f" and {len(slugs) - _NAMED} more" if len(slugs) > _NAMED else "")
    return f"The secret is in use by {shown}; take it out of the jobs first, or force it"
