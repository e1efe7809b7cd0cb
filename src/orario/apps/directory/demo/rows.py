"""Puts the firm's people and groups into the tables, and takes them out again."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from orario.apps.directory.demo.people import everybody, groups, known
from orario.apps.directory.entries import dn_key
from orario.apps.directory.tables import changes, members, users
from orario.apps.directory.tables import groups as group_table

_SINCE = timedelta(days=30)


def load(services: Any) -> Mapping[str, int]:
    """Those who are not there yet."""
    since = services.tools.clock.now() - _SINCE
    common = {"is_active": True, "inactive_reason": None, "created_at": since, "updated_at": since}
    people = {
        one.key: {"key": one.key, "dn": one.dn, "dn_key": dn_key(one.dn), "stamp": one.stamp, **one.fields, **common}
        for one in known()
    }
    teams = {one.key: one for one in groups(known())}
    rows = {
        key: {"key": key, "dn": one.dn, "dn_key": dn_key(one.dn), "stamp": one.stamp, "name": one.name, **common}
        for key, one in teams.items()
    }
    with services.database.writing() as connection:
        new_people = _missing(connection, users, people)
        new_teams = _missing(connection, group_table, rows)
        if new_people:
            connection.execute(insert(users), new_people)
        if new_teams:
            connection.execute(insert(group_table), new_teams)
        who = select(group_table.c.key, group_table.c.id).where(
            group_table.c.key.in_(one["key"] for one in new_teams)
        )
        belonging = [
            {"group_id": id, "dn_key": dn_key(dn)} for key, id in connection.execute(who) for dn in teams[key].members
        ]
        if belonging:
            connection.execute(insert(members), belonging)
        told = [
            {"at": since, "what": "user", "key": one["key"], "name": one["username"], "action": "created"}
            for one in new_people
        ]
        if told:
            connection.execute(insert(changes), told)
    return {"users": len(new_people), "groups": len(new_teams), "changes": len(told)}


def remove(services: Any) -> Mapping[str, int]:
    """All of the firm, those whom a sync with the stand-in has brought too; whoever else is there stays."""
    people = everybody()
    keys = [one.key for one in people]
    teams = [one.key for one in groups(people)]
    with services.database.writing() as connection:
        ids = select(group_table.c.id).where(group_table.c.key.in_(teams))
        connection.execute(delete(members).where(members.c.group_id.in_(ids)))
        return {
            "users": connection.execute(delete(users).where(users.c.key.in_(keys))).rowcount,
            "groups": connection.execute(delete(group_table).where(group_table.c.key.in_(teams))).rowcount,
            "changes": connection.execute(delete(changes).where(changes.c.key.in_([*keys, *teams]))).rowcount,
        }


def _missing(connection: Connection, table: Any, rows: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    there = set(connection.scalars(select(table.c.key).where(table.c.key.in_(rows))))
    return [row for key, row in rows.items() if key not in there]
