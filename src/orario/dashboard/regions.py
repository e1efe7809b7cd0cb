"""Parts of pages that live: rendered once for all who may see the same, again when there is news."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from markupsafe import Markup

from orario.core.errors import Forbidden, NotFound
from orario.dashboard.desk import Desk
from orario.service.actors import Role
from orario.service.services import Services
from orario.service.sessions import SignedIn

Value = TypeVar("Value")

_MOST_KEPT = 2000
_TICKING = re.compile(r"(<time[^>]*>)[^<]*")  # a script counts these itself: they are no change


@dataclass(frozen=True)
class Scene:
    """What a region's function is given. `key` is what the page put behind the region's name."""

    services: Services
    key: str
    person: SignedIn
    zone: str
    now: datetime
    root: str = ""  # before paths of links that are not made by a template
    shared: dict[Hashable, Any] = field(default_factory=dict)  # what regions of one page have read already

    def once(self, what: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` says, read once for all regions of a page."""
        if what not in self.shared:
            self.shared[what] = read()
        value: Value = self.shared[what]
        return value


Filler = Callable[[Scene], Mapping[str, Any]]


@dataclass(frozen=True)
class Region:
    """A part that a page module has declared."""

    name: str
    template: str
    filler: Filler
    every: float
    role: Role
    is_personal: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """A region as some people see it: all with one zone and one role see the same, unless it is personal."""

    name: str
    key: str
    zone: str
    role: Role
    user: UUID | None
    root: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What it looks like, under a name that changes with it."""

    html: str
    version: str
    at: float
    is_ready: bool = True  # false: what it shows is still being made


@dataclass
class Regions:
    """Knows every region, and what each looked like last."""

    desk: Desk
    known: dict[str, Region] = field(default_factory=dict)
    _shown: dict[Variant, Shown] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def add(self, found: Iterable[Region]) -> None:
        self.known.update({one.name: one for one in found})

    def variant(self, name: str, key: str, person: SignedIn, zone: str, root: str) -> Variant:
        """Which variant somebody sees; NotFound and Forbidden where there is none for them."""
        region = self.known.get(name)
        if region is None:
            raise NotFound("There is no such region")
        role = person.actor.role
        if not role.covers(region.role):
            raise Forbidden(f"This needs the role {region.role.value}.")
        return Variant(name, key, zone, role, person.user.id if region.is_personal else None, root)

    def every(self, variant: Variant) -> float:
        return self.known[variant.name].every

    def look(
        self,
        variant: Variant,
        person: SignedIn,
        age: float = 0.0,
        shared: dict[Hashable, Any] | None = None,
        put_together: Callable[[Iterable[str]], str] = "".join,
    ) -> Shown:
        """What it looks like now, or looked like `age` seconds ago at most; made of many small pieces."""
        kept = self._shown.get(variant)
        passed = self.desk.clock.monotonic()
        if kept is not None and kept.is_ready and passed - kept.at < age:
            return kept
        pieces, is_ready = self._render(variant, person, {} if shared is None else shared)
        html = put_together(pieces)
        shown = Shown(html, _version(html), passed, is_ready)
        with self._lock:
            if len(self._shown) >= _MOST_KEPT:
                self._shown.clear()
            self._shown[variant] = shown
        return shown

    def _render(self, variant: Variant, person: SignedIn, shared: dict[Hashable, Any]) -> tuple[Iterable[str], bool]:
        region, now = self.known[variant.name], self.desk.clock.now()
        scene = Scene(self.desk.services, variant.key, person, variant.zone, now, variant.root, shared)
        values = region.filler(scene)
        given = self.desk.given(person, variant.zone, now, variant.root)
        pieces = self.desk.environment.get_template(region.template).generate(
            given | {"url": lambda path: variant.root + path, "may": _may(variant.role), **values}
        )
        return pieces, bool(values.get("is_ready", True))

    def put(self, name: str, key: str, person: SignedIn, zone: str, root: str, shared: dict[Hashable, Any]) -> str:
        """The region inside a page. What is looked up seldom is not looked up for each page."""
        variant = self.variant(name, key, person, zone, root)
        every = self.every(variant)
        shown = self.look(variant, person, every / 2 if every > 2 else 0.0, shared)
        place = Markup('<div data-region="{}" data-key="{}" data-version="{}">').format(name, key, shown.version)
        return f"{place}{shown.html}</div>"


def _version(html: str) -> str:
    return blake2b(_TICKING.sub(r"\1", html).encode(), digest_size=6).hexdigest()


def _may(role: Role) -> Callable[[str], bool]:
    return lambda wanted: role.covers(Role(wanted))
