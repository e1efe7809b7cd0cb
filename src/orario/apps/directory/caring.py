"""What is done with the tables themselves: finding accounts that nobody uses, forgetting old changes."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from orario import Context
from orario.apps.directory.tables import changes, users

_NAMED = 100
_AT_ONCE = 1000


def stale(context: Context, age: timedelta) -> dict[str, Any]:
    """Active accounts last used before then, or never and older than that."""
    before = context.services.tools.clock.now() - age
    used = func.coalesce(users.c.last_used_at, users.c.created_at)
    where = users.c.is_active & (used <= before)
    query = select(users.c.username, users.c.last_used_at).where(where).order_by(used, users.c.id).limit(_NAMED)
    with context.services.database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(users).where(where)).scalar_one()
        rows = connection.execute(query).all()
    named = [{"username": name, "last_used": at and at.isoformat()} for name, at in rows]
    context.info(f"{count:,} active accounts were not used since {before:%Y-%m-%d}")
    return {"stale_count": count, "users": named}


def forget(context: Context, age: timedelta) -> dict[str, Any]:
    """Changes older than that, a few in each transaction."""
    before = context.services.tools.clock.now() - age
    old = select(changes.c.id).where(changes.c.at < before).order_by(changes.c.at).limit(_AT_ONCE)
    count = select(func.count()).select_from(changes).where(changes.c.at < before)
    with context.services.database.reading() as connection:
        context.progress.expect(connection.execute(count).scalar_one())
    deleted = 0
    while True:
        with context.services.database.writing(lazily=True) as connection:
            gone = connection.execute(delete(changes).where(changes.c.id.in_(old))).rowcount
        deleted += gone
        context.progress.advance(gone)
        if gone < _AT_ONCE:
            break
    context.info("forgotten", changes=deleted)
    return {"deleted_count": deleted}
