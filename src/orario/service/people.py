"""The people and programs that may come in: their tokens, and what they changed."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import UUID

from orario.core.errors import Conflict, NotAuthenticated, NotFound, invalid
from orario.core.hygiene import LONGEST_NAME, check_text
from orario.core.ids import new_id
from orario.service.actors import SYSTEM, Actor, Role
from orario.service.pages import Page, offset_of
from orario.service.tools import Tools
from orario.store import audit, tokens
from orario.store.audit import AuditRow
from orario.store.tokens import TokenView

__all__ = ["SYSTEM", "Actor", "AuditRow", "People", "Role", "TokenView"]

PREFIX = "orario_"
_TOKEN_LENGTH = len(PREFIX) + 40
_REMEMBERED = 3.0  # seconds for which a token is not looked up again; a revocation in this process is felt at once
_TOUCHED_EVERY = timedelta(minutes=1)
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    actor: Actor
    expires_at: datetime | None
    until: float  # by the monotonic clock


@dataclass
class People:
    """Makes, checks and revokes tokens."""

    tools: Tools
    _known: dict[str, _Known] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def create_token(
        self, name: str, role: Role, actor: Actor, expires_at: datetime | None = None
    ) -> tuple[TokenView, str]:
        """A new token; the text is shown this once and is stored nowhere."""
        check_text(name, "name", longest=LONGEST_NAME, empty=False)
        text = PREFIX + secrets.token_urlsafe(30)
        with self.tools.changing(actor) as change:
            if expires_at is not None and expires_at <= change.now:
                raise invalid("expiresAt", message="is in the past; a token must be good for some time")
            view = TokenView(
                id=new_id(change.now),
                name=name,
                role=role.value,
                created_at=change.now,
                created_by=actor.signature,
                expires_at=expires_at,
            )
            tokens.add(change.connection, view, _digest(text))
            change.record("token.create", "token", view.id, after={"name": name, "role": role.value})
        return view, text

    def authenticate(self, token: str) -> Actor:
        """Whose token this is; raises NotAuthenticated for one that is unknown, revoked or expired."""
        if len(token) > _TOKEN_LENGTH or not token.isascii():
            raise NotAuthenticated
        remembered = self.remembered(token)
        if remembered is not None:
            return remembered
        known = self._look_up(_digest(token))
        if not self._is_good(known):
            raise NotAuthenticated("Not authenticated: the token has expired")
        return known.actor

    def remembered(self, token: str) -> Actor | None:
        """Whose token this is, if it was looked up a moment ago; asks no database, so a loop may call it."""
        known = self._known.get(_digest(token))
        if known is None or known.until <= self.tools.clock.monotonic() or not self._is_good(known):
            return None
        return known.actor

    def _is_good(self, known: _Known) -> bool:
        return known.expires_at is None or known.expires_at > self.tools.clock.now()

    def _look_up(self, digest: str) -> _Known:
        with self.tools.database.reading() as connection:
            view = tokens.by_digest(connection, digest)
        if view is None:
            raise NotAuthenticated
        if view.revoked_at is not None:
            raise NotAuthenticated("Not authenticated: the token was revoked")
        self._touch(view)
        known = _Known(
            Actor(str(view.id), view.name, Role(view.role)),
            view.expires_at,
            self.tools.clock.monotonic() + _REMEMBERED,
        )
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = known
        return known

    def _touch(self, view: TokenView) -> None:
        now = self.tools.clock.now()
        if view.last_used_at is None or now - view.last_used_at >= _TOUCHED_EVERY:
            with self.tools.database.writing() as connection:
                tokens.touch(connection, view.id, now)

    def tokens(self) -> list[TokenView]:
        """All tokens, the newest first; revoked ones too."""
        with self.tools.database.reading() as connection:
            return tokens.everything(connection)

    def revoke(self, token_id: UUID | str, actor: Actor) -> None:
        """End a token's validity, at once."""
        id = _uuid(token_id)
        with self.tools.changing(actor) as change:
            view = None if id is None else tokens.get(change.connection, id)
            if id is None or view is None:
                raise NotFound("There is no such token")
            if not tokens.revoke(change.connection, id, change.now):
                raise Conflict(f"The token {view.name} is revoked already")
            change.record("token.revoke", "token", id, before={"name": view.name, "role": view.role})
        with self._lock:
            self._known.clear()

    def has_tokens(self) -> bool:
        """Whether anybody can come in by a token."""
        with self.tools.database.reading() as connection:
            return tokens.any_valid(connection, self.tools.clock.now())

    def audit(
        self, subject_id: str | None = None, page: int = 1, per_page: int = 50, *, actor: str = "", subject: str = ""
    ) -> Page[AuditRow]:
        """Who changed what, the newest first."""
        offset = offset_of(page, per_page)
        with self.tools.database.reading() as connection:
            rows, total = audit.find(connection, subject_id, per_page, offset, actor=actor, subject=subject)
        return Page(rows, total, page, per_page)

    def audited(self) -> list[str]:
        """The kinds of things that were changed: jobs, users, secrets and so on."""
        with self.tools.database.reading() as connection:
            return audit.subjects(connection)


def _digest(token: str) -> str:
    # Unsalted and fast on purpose: a token is 240 random bits, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def _uuid(text: UUID | str) -> UUID | None:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        return None
