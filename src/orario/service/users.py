"""The people who sign in: made, changed and removed by administrators."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from orario.core.errors import Conflict, NotFound, invalid
from orario.core.ids import new_id
from orario.core.zones import checked_zone
from orario.service import passwords
from orario.service.actors import SYSTEM, Actor, Role
from orario.service.tools import Tools
from orario.store import sessions, users
from orario.store.users import User

__all__ = ["LINK_LASTS", "User", "Users"]

LINK_LASTS = timedelta(minutes=15)
LONGEST_NAME = 64
_ADMIN = "admin"


@dataclass(frozen=True)
class Users:
    """A person is named by id or name."""

    tools: Tools

    def everybody(self) -> list[User]:
        """All, by name."""
        with self.tools.database.reading() as connection:
            return users.everybody(connection)

    def get(self, ref: str) -> User:
        """One person; NotFound when there is none."""
        with self.tools.database.reading() as connection:
            return _require(connection, ref)

    def create(self, name: str, role: Role, actor: Actor, password: str | None = None) -> User:
        """A new person; without a password they come in by a link first."""
        stored = None if password is None else passwords.hashed(passwords.check(password))
        with self.tools.changing(actor) as change:
            user = User(
                id=new_id(change.now),
                name=_checked(name),
                role=role.value,
                password=stored,
                created_at=change.now,
                created_by=actor.signature,
            )
            if users.named(change.connection, user.name) is not None:
                raise Conflict(f"There is a user {user.name} already")
            users.add(change.connection, user)
            change.record("user.create", "user", user.id, after={"name": user.name, "role": user.role})
        return user

    def change(
        self,
        ref: str,
        actor: Actor,
        *,
        role: Role | None = None,
        is_blocked: bool | None = None,
        password: str | None = None,
    ) -> User:
        """Change what is given. A new password, or being blocked, ends all sessions."""
        stored = None if password is None else passwords.hashed(passwords.check(password))
        with self.tools.changing(actor) as change:
            before = _require(change.connection, ref)
            after = _changed(before, role, is_blocked, stored, change.now)
            _require_admin_left(change.connection, before, after)
            fields = {name: getattr(after, name) for name in ("role", "blocked_at", "password")}
            users.change(change.connection, before.id, fields)
            if stored is not None or (after.blocked_at is not None and before.blocked_at is None):
                sessions.close_all(change.connection, before.id)
                users.drop_links(change.connection, before.id)
            change.record("user.change", "user", before.id, _form(before), _form(after, stored is not None))
        return after

    def remove(self, ref: str, actor: Actor) -> None:
        """Forget a person; what they did stays in the audit trail."""
        with self.tools.changing(actor) as change:
            user = _require(change.connection, ref)
            _require_admin_left(change.connection, user, None)
            sessions.close_all(change.connection, user.id)
            users.remove(change.connection, user.id)
            change.record("user.delete", "user", user.id, before=_form(user))

    def link(self, ref: str, actor: Actor, lasts: timedelta = LINK_LASTS) -> tuple[str, datetime]:
        """What a link that lets this person in once must hold, and until when it is good. It is stored nowhere."""
        key = secrets.token_urlsafe(24)
        with self.tools.changing(actor) as change:
            user = _require(change.connection, ref)
            if user.blocked_at is not None:
                raise Conflict(f"{user.name} is blocked")
            until = change.now + lasts
            users.add_link(change.connection, digest(key), user.id, change.now, until)
            change.record("user.link", "user", user.id, after={"name": user.name})
        return key, until

    def first_link(self) -> str | None:
        """A link for the administrator while nobody could come in without one; makes the user if need be."""
        with self.tools.database.reading() as connection:
            if users.any_with_password(connection):
                return None
            admins = [one for one in users.everybody(connection) if one.role == Role.ADMIN and not one.blocked_at]
        user = admins[0] if admins else self.create(_ADMIN, Role.ADMIN, SYSTEM)
        return self.link(str(user.id), SYSTEM)[0]

    def set_own_password(self, user_id: UUID, old: str | None, new: str, keep: UUID | None = None) -> None:
        """Somebody changes their own password, having shown the old one if there was any."""
        user = self.get(str(user_id))
        if user.password is not None and not passwords.is_right(old or "", user.password):
            raise invalid("old", message="is not your password")
        stored = passwords.hashed(passwords.check(new))
        actor = Actor(str(user.id), user.name, Role(user.role))
        with self.tools.changing(actor) as change:
            users.change(change.connection, user.id, {"password": stored})
            users.drop_links(change.connection, user.id)
            sessions.close_all(change.connection, user.id, but=keep)
            change.record("user.change", "user", user.id, after={"name": user.name, "password": "changed"})

    def set_timezone(self, user_id: UUID, zone: str | None) -> None:
        """In which zone somebody wants to see times; None: the browser's."""
        checked = None if zone is None else checked_zone(zone)
        with self.tools.database.writing() as connection:
            users.change(connection, user_id, {"timezone": checked})

    def looked(self, user_id: UUID) -> None:
        """Somebody has seen what failed until now."""
        with self.tools.database.writing() as connection:
            users.change(connection, user_id, {"looked_at": self.tools.clock.now()})


def digest(key: str) -> str:
    """What is kept of a key: it has 192 random bits, there is nothing to guess."""
    return hashlib.sha256(key.encode()).hexdigest()


def _checked(name: str) -> str:
    name = name.strip().lower()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or not name.isascii() or " " in name:
        message = f"has 1 to {LONGEST_NAME} letters, digits and signs, no spaces"
        raise invalid("name", message=message)
    return name


def _require(connection: Connection, ref: str) -> User:
    found = users.named(connection, ref.strip().lower()) if len(ref) <= LONGEST_NAME and ref.isascii() else None
    if found is None:
        try:
            found = users.get(connection, UUID(ref))
        except ValueError:
            found = None
    if found is None:
        raise NotFound("There is no such user")
    return found


def _changed(user: User, role: Role | None, is_blocked: bool | None, password: str | None, now: datetime) -> User:
    blocked_at = user.blocked_at
    if is_blocked is not None:
        blocked_at = (blocked_at or now) if is_blocked else None
    return replace(
        user,
        role=user.role if role is None else role.value,
        blocked_at=blocked_at,
        password=user.password if password is None else password,
    )


def _require_admin_left(connection: Connection, before: User, after: User | None) -> None:
    """Nobody locks everybody out, themselves included."""

    def rules(user: User | None) -> bool:
        return user is not None and user.role == Role.ADMIN and user.blocked_at is None

    if rules(before) and not rules(after) and users.count_admins(connection, Role.ADMIN.value) <= 1:
        raise Conflict(f"{before.name} is the last administrator; make another one first")


def _form(user: User, has_new_password: bool = False) -> dict[str, object]:
    form: dict[str, object] = {"name": user.name, "role": user.role, "isBlocked": user.blocked_at is not None}
    return form | {"password": "changed"} if has_new_password else form
