"""What the dashboard shows: how many there are, when they were in step last, and what has changed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import case, func, select

from orario import App, Asked, NotFound
from orario.apps.directory.deciding import GONE
from orario.apps.directory.desk import desk
from orario.apps.directory.finding import named
from orario.apps.directory.tables import changes, groups, users

SYNCS = {"users": "domain-user-sync", "groups": "domain-group-sync"}
_SHOWN = 50
_NEWEST = 15  # changes


def register(app: App) -> None:
    """A page of the app's own, whose buttons operators see."""
    app.page("", title="Directory", template="directory.html", icon="people")(page)
    app.action("sync", role="operator")(sync)


def page(asked: Asked) -> Mapping[str, Any]:
    """The figures, the newest changes, and whom somebody looks for."""
    search = asked.query.get("q", "").strip()[:200]
    gone = func.coalesce(func.sum(case((users.c.inactive_reason == GONE, 1), else_=0)), 0)
    active = func.coalesce(func.sum(case((users.c.is_active, 1), else_=0)), 0)
    with asked.services.database.reading() as connection:
        total, present, left = connection.execute(select(func.count(), active, gone).select_from(users)).one()
        teams = connection.scalar(select(func.count()).select_from(groups).where(groups.c.is_active))
        newest = connection.execute(select(changes).order_by(changes.c.id.desc()).limit(_NEWEST)).all()
        found = connection.execute(_looked_for(search)).all() if search else []
    return {
        "is_configured": bool(desk.settings.urls),
        "servers": desk.settings.urls,
        "total": total,
        "active": present,
        "locked": total - present - left,
        "gone": left,
        "groups": teams or 0,
        "changes": newest,
        "shown": _NEWEST,
        "search": search,
        "found": found,
    }


def _looked_for(search: str) -> Any:
    return select(users).where(named(search)).order_by(users.c.username).limit(_SHOWN)


def sync(asked: Asked) -> str:
    """Bring users or groups in step now, or look what that would do."""
    what, is_dry = asked.form.get("what", ""), asked.form.get("dry") == "yes"
    if what not in SYNCS:
        raise NotFound("There is no such sync")
    asked.services.jobs.trigger(SYNCS[what], asked.actor, {"dry_run": True} if is_dry else None)
    return f"A dry run of the {what} has begun" if is_dry else f"The {what} are brought in step"
