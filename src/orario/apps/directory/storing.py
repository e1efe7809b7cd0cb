"""Reads and writes the rows of users and groups, a page in each transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from orario.apps.directory.deciding import GONE, Change, Known, compare
from orario.apps.directory.subjects import GROUPS, Found, Subject
from orario.apps.directory.tables import changes, members

AT_ONCE = 250  # rows in a transaction, for which others wait


def known(connection: Connection, subject: Subject) -> dict[str, Known]:
    """Every row, by key."""
    row = subject.table.c
    query = select(row.key, row.stamp, row.dn_key, row.is_active, row.inactive_reason)
    return {one.key: Known(*one) for one in connection.execute(query)}


def active(connection: Connection, subject: Subject) -> int:
    """How many of them the directory has, as far as is known: what it disables itself is there, too."""
    row = subject.table.c
    query = select(func.count()).where(row.inactive_reason.is_(None) | (row.inactive_reason != GONE))
    return connection.execute(query.select_from(subject.table)).scalar_one()


@dataclass(frozen=True)
class Writer:
    """Brings rows in step. `is_dry`: it only counts."""

    subject: Subject
    execution: UUID
    now: datetime
    is_dry: bool

    def bring_in_step(self, connection: Connection, found: Sequence[Found]) -> Counter[str]:
        """One page of entries; how many were created, updated, enabled, disabled, unchanged."""
        table = self.subject.table
        query = select(table).where(table.c.key.in_([one.key for one in found]))
        rows = {row["key"]: dict(row) for row in connection.execute(query).mappings()}
        belonging = self._members(connection, rows)
        pairs = [(one, self._compared(rows.get(one.key), one, belonging)) for one in found]
        if not self.is_dry:
            self._write(connection, rows, pairs)
            self._write_members(connection, found, belonging)
            self._tell(connection, [(one.key, one.name, change) for one, change in pairs if change.action])
        return Counter(change.action or "unchanged" for _, change in pairs)

    def _compared(
        self, row: Mapping[str, Any] | None, found: Found, belonging: Mapping[str, frozenset[str]]
    ) -> Change:
        return compare(row, found, same_members=row is None or belonging.get(found.key, frozenset()) == found.members)

    def _write(
        self, connection: Connection, rows: Mapping[str, Mapping[str, Any]], pairs: Iterable[tuple[Found, Change]]
    ) -> None:
        new: list[dict[str, Any]] = []
        for found, change in pairs:
            values = {**change.values, **self._since(change)}
            if found.key not in rows:
                since = None if values["is_active"] else self.now
                dates = {"created_at": self.now, "updated_at": self.now, "inactive_since": since}
                new.append({"key": found.key, **values, **dates})
            elif values:
                dates = {"updated_at": self.now} if change.action else {}
                table = self.subject.table
                connection.execute(update(table).where(table.c.key == found.key).values(**values, **dates))
        if new:
            connection.execute(insert(self.subject.table), new)

    def _since(self, change: Change) -> dict[str, Any]:
        if change.action not in ("enabled", "disabled"):
            return {}
        return {"inactive_since": self.now if change.action == "disabled" else None}

    def _members(self, connection: Connection, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
        """Who is in these groups, by key of the group."""
        if self.subject is not GROUPS or not rows:
            return {}
        keys = {row["id"]: key for key, row in rows.items()}
        found: dict[str, set[str]] = {}
        query = select(members).where(members.c.group_id.in_(keys))
        for group, name in connection.execute(query):
            found.setdefault(keys[group], set()).add(name)
        return {key: frozenset(names) for key, names in found.items()}

    def _write_members(
        self, connection: Connection, found: Sequence[Found], belonging: Mapping[str, frozenset[str]]
    ) -> None:
        if self.subject is not GROUPS:
            return
        table = self.subject.table
        query = select(table.c.key, table.c.id).where(table.c.key.in_([one.key for one in found]))
        ids: dict[str, int] = {key: id for key, id in connection.execute(query)}
        for one in found:
            before = belonging.get(one.key, frozenset())
            left = [{"a_group": ids[one.key], "a_name": name} for name in before - one.members]
            come = [{"group_id": ids[one.key], "dn_key": name} for name in one.members - before]
            if left:
                place = (members.c.group_id == bindparam("a_group")) & (members.c.dn_key == bindparam("a_name"))
                connection.execute(delete(members).where(place), left)
            if come:
                connection.execute(insert(members), come)

    def disable(self, connection: Connection, keys: Sequence[str]) -> None:
        """Rows whose entries are gone."""
        if self.is_dry:
            return
        table = self.subject.table
        name = table.c[self.subject.name]
        rows = connection.execute(select(table.c.key, name, table.c.is_active).where(table.c.key.in_(keys))).all()
        values = {"is_active": False, "inactive_reason": GONE, "inactive_since": self.now, "updated_at": self.now}
        connection.execute(update(table).where(table.c.key.in_(keys)).values(**values))
        self._tell(connection, [(key, name, Change("disabled", {}, {"reason": GONE})) for key, name, _ in rows])

    def _tell(self, connection: Connection, told: Sequence[tuple[str, str, Change]]) -> None:
        if told:
            common = {"at": self.now, "execution_id": self.execution, "what": self.subject.what}
            connection.execute(
                insert(changes),
                [
                    {**common, "key": key, "name": name, "action": one.action, "fields": dict(one.fields) or None}
                    for key, name, one in told
                ],
            )
