"""Signing in and out: a session is a random key in a cookie, of which the database has the digest."""

import secrets
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from orario.core.errors import NotAuthenticated
from orario.core.ids import new_id
from orario.service import passwords
from orario.service.actors import SYSTEM, Actor, Role
from orario.service.doorkeeper import Doorkeeper
from orario.service.tools import Change, Tools
from orario.service.users import LONGEST_NAME, digest
from orario.store import sessions, users
from orario.store.sessions import Session
from orario.store.users import User

__all__ = ["Session", "Sessions", "SignedIn", "TooMany", "Visitor"]

IDLE = timedelta(days=7)  # so long a session lives without being used
WHOLE = timedelta(days=30)  # and so long at most
_TOUCHED_EVERY = timedelta(minutes=1)
_KEY_LENGTH = 43


class TooMany(NotAuthenticated):
    """Too many tries; wait a little."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        minutes = max(1, round(wait / 60))
        super().__init__(f"Too many tries. Wait {minutes} minute{'s' if minutes > 1 else ''} and try again.")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where somebody comes from."""

    address: str | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person and the session in which they ask."""

    user: User
    session: Session

    @property
    def actor(self) -> Actor:
        return Actor(str(self.user.id), self.user.name, Role(self.user.role))


@dataclass
class Sessions:
    """Whoever shows a key that was given out, and is not over, is who it was given to."""

    tools: Tools
    doorkeeper: Doorkeeper = field(init=False)

    def __post_init__(self) -> None:
        self.doorkeeper = Doorkeeper(self.tools.clock)

    def sign_in(self, name: str, password: str, visitor: Visitor) -> str:
        """A new session's key; NotAuthenticated in the same words and time, whatever was wrong."""
        name = name.strip().lower()[:64]
        keys = _keys(name, visitor)
        wait = self.doorkeeper.wait(keys)
        if wait > 0:
            raise TooMany(wait)
        self.doorkeeper.failed(keys)
        with self.tools.database.reading() as connection:
            user = users.named(connection, name)
        if not passwords.is_right(password, None if user is None else user.password) or user is None:
            raise NotAuthenticated("The name or the password is wrong.")
        if user.blocked_at is not None:
            raise NotAuthenticated("The name or the password is wrong.")
        self.doorkeeper.succeeded(keys)
        return self._open(user, visitor)

    def is_good_link(self, key: str) -> bool:
        """Whether a link would let somebody in; it is not spent by the question."""
        with self.tools.database.reading() as connection:
            return users.peek_link(connection, digest(key), self.tools.clock.now()) is not None

    def sign_in_by_link(self, key: str, visitor: Visitor) -> str:
        """The same by a link, which is good once."""
        keys: list[tuple[Hashable, int]] = [(("link", visitor.address), 20)]
        wait = self.doorkeeper.wait(keys)
        if wait > 0:
            raise TooMany(wait)
        with self.tools.database.writing() as connection:
            id = users.spend_link(connection, digest(key), self.tools.clock.now())
            user = None if id is None else users.get(connection, id)
        if user is None or user.blocked_at is not None:
            self.doorkeeper.failed(keys)
            raise NotAuthenticated("This link was used already, or is too old.")
        return self._open(user, visitor)

    def sign_in_by_subject(self, subject: str, email: str | None, new_role: str, visitor: Visitor) -> str:
        """The same for whom an outside sign-in vouches: who came before, who is called like the checked address,
        or, where new people get a role, somebody new."""
        with self.tools.changing(SYSTEM) as change:
            user = users.of_subject(change.connection, subject) or self._bound(change, subject, email, new_role)
        if user is None or user.blocked_at is not None:
            raise NotAuthenticated("Nobody here is known by that account; ask an administrator.")
        return self._open(user, visitor)

    def _bound(self, change: Change, subject: str, email: str | None, new_role: str) -> User | None:
        name = (email or "").strip().lower()
        if not name or len(name) > LONGEST_NAME or not name.isascii() or not name.isprintable():
            return None
        user = users.named(change.connection, name)
        if user is None and new_role:
            user = User(id=new_id(change.now), name=name, role=Role(new_role).value, created_at=change.now)
            users.add(change.connection, user)
            change.record("user.create", "user", user.id, after={"name": name, "role": new_role})
        if user is None or user.subject is not None:
            return None  # somebody else of that name came by another account before
        users.change(change.connection, user.id, {"subject": subject})
        return user

    def _open(self, user: User, visitor: Visitor) -> str:
        # Always a fresh key: one that was planted beforehand is worth nothing.
        key = secrets.token_urlsafe(32)
        actor = Actor(str(user.id), user.name, Role(user.role))
        with self.tools.changing(actor) as change:
            session = Session(
                id=new_id(change.now),
                user_id=user.id,
                created_at=change.now,
                seen_at=change.now,
                expires_at=change.now + IDLE,
                address=visitor.address,
                browser=visitor.browser,
            )
            sessions.open_one(change.connection, session, digest(key))
            first = {} if user.looked_at is not None else {"looked_at": change.now - timedelta(days=1)}
            users.change(change.connection, user.id, {"signed_in_at": change.now, **first})
            change.record("user.sign_in", "user", user.id, after={"name": user.name, "address": visitor.address})
        return key

    def of(self, key: str) -> SignedIn | None:
        """Who shows this key; None when it is nobody's, or over."""
        if len(key) != _KEY_LENGTH or not key.isascii():
            return None
        kept = digest(key)
        now = self.tools.clock.now()
        with self.tools.database.reading() as connection:
            found = sessions.find(connection, kept)
        if found is None or found[0].expires_at <= now or found[1].blocked_at is not None:
            return None
        session, user = found
        if now - session.seen_at >= _TOUCHED_EVERY:
            self._touch(kept, session, now)
        return SignedIn(user, session)

    def _touch(self, kept: str, session: Session, now: datetime) -> None:
        with self.tools.database.writing() as connection:
            sessions.touch(connection, kept, now, min(now + IDLE, session.created_at + WHOLE))

    def sign_out(self, key: str) -> None:
        """End one session."""
        with self.tools.database.writing() as connection:
            sessions.close(connection, digest(key))

    def of_user(self, user_id: UUID) -> list[Session]:
        """Where somebody is signed in."""
        with self.tools.database.reading() as connection:
            return sessions.of_user(connection, user_id, self.tools.clock.now())

    def sign_out_everywhere(self, user_id: UUID, actor: Actor, but: UUID | None = None) -> int:
        """End all of somebody's sessions, perhaps but one; how many."""
        with self.tools.changing(actor) as change:
            closed = sessions.close_all(change.connection, user_id, but)
            users.drop_links(change.connection, user_id)
            change.record("user.sign_out", "user", user_id, after={"sessions": closed})
        return closed


def _keys(name: str, visitor: Visitor) -> list[tuple[Hashable, int]]:
    """What failures have in common, and how many are forgiven: nobody is kept out by what others try elsewhere."""
    return [((name, visitor.address), 5), (("", visitor.address), 30), ((name, ""), 100)]
