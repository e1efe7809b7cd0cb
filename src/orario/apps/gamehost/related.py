"""What an execution is about: the game servers and users that its log lines name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from orario import LogLine
from orario.apps.gamehost.tables import servers, users

_AT_ONCE = 500  # values in one statement


@dataclass(frozen=True)
class Mention:
    """The ids that a log line names."""

    server_id: str | None
    user_id: str | None


@dataclass(frozen=True)
class Related:
    """Something that an execution is about, as a dashboard shows it."""

    kind: str  # "game server" or "user"
    id: str
    title: str
    subtitle: str
    lines: int  # how many log lines speak of it
    worst: str  # the gravest level among them


@dataclass(frozen=True)
class Names:
    """Servers and users by id; whatever is deleted by now is missing."""

    servers: Mapping[str, Any] = field(default_factory=dict)  # rows with id, name, status
    users: Mapping[str, Any] = field(default_factory=dict)  # rows with id, name, email


def mentioned(line: LogLine) -> Mention:
    """Which server and user a log line speaks of."""
    details = line.details or {}
    return Mention(_text(details.get("gameServerId")), _text(details.get("userId")))


def read_names(connection: Connection, lines: Iterable[LogLine]) -> Names:
    """The servers and users of these lines, as they are now."""
    said = [mentioned(line) for line in lines]
    return Names(
        _rows(connection, select(servers.c.id, servers.c.name, servers.c.status), {one.server_id for one in said}),
        _rows(connection, select(users.c.id, users.c.name, users.c.email), {one.user_id for one in said}),
    )


def related(lines: Sequence[LogLine], names: Names) -> list[Related]:
    """What the lines are about: servers, then users, in the order in which they come up."""
    by_thing: dict[tuple[str, str], list[LogLine]] = {}
    for line in lines:
        said = mentioned(line)
        for kind, id in (("game server", said.server_id), ("user", said.user_id)):
            if id is not None:
                by_thing.setdefault((kind, id), []).append(line)
    found = [_related(kind, id, some, names) for (kind, id), some in by_thing.items()]
    return sorted(found, key=lambda one: one.kind)


def _related(kind: str, id: str, lines: Sequence[LogLine], names: Names) -> Related:
    row = (names.servers if kind == "game server" else names.users).get(id)
    subtitle = "deleted" if row is None else row.status if kind == "game server" else row.email
    order = list(type(lines[0].level))
    worst = max((line.level for line in lines), key=order.index)
    return Related(kind, id, id if row is None else row.name, subtitle, len(lines), worst.value)


def _rows(connection: Connection, query: Any, ids: set[str | None]) -> dict[str, Any]:
    wanted = sorted(id for id in ids if id is not None)
    column = query.selected_columns.id
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(query.where(column.in_(wanted[start : start + _AT_ONCE])))
        found.update((row.id, row) for row in rows)
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
