"""What is synchronised: users and groups, each with its table, its filter and the way its entries become rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from orario.apps.directory import tables
from orario.apps.directory.entries import Entry, dn_key
from orario.apps.directory.flavours import GROUP_FIELDS, USER_FIELDS, Flavour
from orario.apps.directory.settings import DirectorySettings


@dataclass(frozen=True)
class Found:
    """An entry as the row that it should be. `members` are those of a group, as DNs are compared."""

    key: str
    values: Mapping[str, Any]
    is_disabled: bool = False
    members: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return str(self.values.get("username") or self.values["name"])


class Unfit(Exception):
    """An entry that cannot become a row."""


@dataclass(frozen=True)
class Subject:
    """Users, or groups."""

    what: str
    table: Table
    fields: tuple[str, ...]  # compared and written
    name: str  # the one there must be
    base: Callable[[DirectorySettings], str | None]
    filter: Callable[[DirectorySettings, Flavour], str]
    names: Callable[[DirectorySettings, Flavour], Mapping[str, str]]
    extra: Callable[[Flavour], tuple[str, ...]] = field(default=lambda flavour: ())

    def attributes(self, settings: DirectorySettings, flavour: Flavour) -> list[str]:
        """All that is asked for of an entry that is read whole."""
        names = (*self.names(settings, flavour).values(), stamp_of(settings, flavour))
        return sorted({*each(*names), *self.extra(flavour), flavour.key})

    def read(self, entry: Entry, settings: DirectorySettings, flavour: Flavour) -> Found:
        """Raises Unfit, saying why."""
        key, names = entry.key(flavour.key), self.names(settings, flavour)
        if key is None:
            raise Unfit(f"it has no {flavour.key}; may the service account read it?")
        values: dict[str, Any] = {one: entry.text(names[one]) for one in self.fields if one in names}
        if values[self.name] is None:
            raise Unfit(f"it has no {names[self.name]}")
        values |= {"dn": entry.dn, "dn_key": dn_key(entry.dn)}
        values["stamp"] = entry.text(stamp_of(settings, flavour))
        if self is USERS:
            values["last_used_at"] = entry.moment(flavour.last_used)
            return Found(key, values, entry.is_disabled)
        return Found(key, values, members=frozenset(map(dn_key, entry.texts(names["member"]))))


def each(*names: str) -> list[str]:
    """Every single name."""
    return [one.strip() for several in names for one in several.split(",")]


def stamp_of(settings: DirectorySettings, flavour: Flavour) -> str:
    """The attribute that changes with every edit of an entry."""
    return settings.track or flavour.stamp


USERS = Subject(
    what="user",
    table=tables.users,
    fields=USER_FIELDS,
    name="username",
    base=lambda settings: settings.users_base,
    filter=lambda settings, flavour: settings.users_filter or flavour.users_filter,
    names=lambda settings, flavour: {**flavour.user_attributes, **settings.users_attributes},
    extra=lambda flavour: (*flavour.state, *flavour.last_used),
)

GROUPS = Subject(
    what="group",
    table=tables.groups,
    fields=tuple(name for name in GROUP_FIELDS if name != "member"),
    name="name",
    base=lambda settings: settings.groups_base,
    filter=lambda settings, flavour: settings.groups_filter or flavour.groups_filter,
    names=lambda settings, flavour: {**flavour.group_attributes, **settings.groups_attributes},
)
