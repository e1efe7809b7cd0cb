"""Brings the credentials in line with their source; those that people put in by hand are left alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from orario import Context, Misconfigured
from orario.apps.agent.desk import desk
from orario.apps.agent.source import Offered, Read, read
from orario.apps.agent.tables import credentials
from orario.apps.agent.telling import some_of


@dataclass
class Plan:
    """What is to be done; `kept` are names that people's own credentials have."""

    added: list[Offered]
    changed: dict[int, Offered]
    removed: dict[int, str]
    kept: list[str]
    expired: list[str]


async def sync_credentials(context: Context) -> dict[str, Any]:
    """Take over what the source has: added, changed, removed."""
    settings, database = desk.settings, context.services.database
    if not settings.orario_agent_credentials_source:
        context.info("no source of credentials is configured: set ORARIO_AGENT_CREDENTIALS_SOURCE")
        return {"added": 0, "changed": 0, "removed": 0, "note": "no source of credentials is configured"}
    found = await read(settings)
    context.conceal(*(one.secret for one in found.good.values()))
    plan = await database.transact(_sync, context, found)
    context.progress.expect(len(found.good) + len(found.complaints) + len(plan.removed))
    context.progress.advance(len(found.good) + len(plan.removed))
    _say(context, found, plan)
    return {
        "added": len(plan.added),
        "changed": len(plan.changed),
        "removed": len(plan.removed),
        "unchanged": len(found.good) - len(plan.added) - len(plan.changed) - len(plan.kept) - len(plan.expired),
        "expired": len(plan.expired),
        "wrong": len(found.complaints) + len(plan.kept),
    }


def _sync(connection: Connection, context: Context, found: Read) -> Plan:
    """In one transaction: nobody sees half of it, and who is killed has done nothing."""
    now = context.services.tools.clock.now()
    rows = connection.execute(select(credentials).with_for_update()).all()
    plan = planned(rows, found, now, lambda row: _opened(context, row.secret))
    sealing = context.services.sealing
    if plan.removed:
        connection.execute(delete(credentials).where(credentials.c.id.in_(list(plan.removed))))
    for id, one in plan.changed.items():
        values = _values(one, sealing) | {"is_valid": None, "checked_at": None, "error": None, "updated_at": now}
        connection.execute(update(credentials).where(credentials.c.id == id).values(**values))
    for one in plan.added:
        values = _values(one, sealing) | {"is_synced": True, "created_at": now, "updated_at": now}
        connection.execute(insert(credentials).values(**values))
    return plan


def planned(rows: Any, found: Read, now: datetime, opened: Any) -> Plan:
    """What has to change so that `rows` are as the source has it."""
    by_name = {row.name: row for row in rows}
    plan = Plan([], {}, {}, [], [])
    for name, one in found.good.items():
        row = by_name.get(name)
        if row is not None and not row.is_synced:
            plan.kept.append(name)
        elif one.expires is not None and one.expires <= now:
            plan.expired.append(name)  # it would only be deleted again
        elif row is None:
            plan.added.append(one)
        elif _differs(row, one, opened(row)):
            plan.changed[row.id] = one
    if not found.is_nameless:  # else what seems to be missing may be there, but unreadable
        gone = [row for row in rows if row.is_synced and row.name not in found.good.keys() | found.doubtful]
        plan.removed = {row.id: row.name for row in gone}
    return plan


def _differs(row: Any, one: Offered, secret: str | None) -> bool:
    stands = (row.provider, row.check_url, row.header, row.expires_at, secret)
    return stands != (one.provider, one.check_url, one.header, one.expires, one.secret)


def _values(one: Offered, sealing: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "provider": one.provider,
        "secret": sealing.seal(one.secret),
        "check_url": one.check_url,
        "header": one.header,
        "expires_at": one.expires,
    }


def _opened(context: Context, sealed: str) -> str | None:
    try:
        found: str = context.services.sealing.open(sealed)
    except Misconfigured:  # another key: it is sealed anew
        return None
    return found


def _say(context: Context, found: Read, plan: Plan) -> None:
    for complaint in found.complaints:
        context.progress.advance()
        context.progress.fail()
        context.warn("the source has a credential that cannot be used", why=complaint)
    for name in plan.kept:
        context.progress.fail()
        context.warn("a credential of this name was put in by hand and stays", name=name)
    if found.is_nameless:
        context.warn("nothing was removed: an entry of the source has no name")
    context.info(
        "credentials synced",
        added=some_of([one.name for one in plan.added]),
        changed=some_of([one.name for one in plan.changed.values()]),
        removed=some_of(list(plan.removed.values())),
        expired=some_of(plan.expired),
    )
