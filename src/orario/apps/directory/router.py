"""What is kept of the directory, for people and programs: users, groups, and what syncs changed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import Select, func, select
from starlette.concurrency import run_in_threadpool

from orario.apps.directory.finding import named
from orario.apps.directory.tables import changes, groups, members, users
from orario.web import Role, Router, Services, require

router = Router(dependencies=[require(Role.VIEWER)])

Page = Annotated[int, Query(ge=1, le=1_000_000, description="Page number.")]
PerPage = Annotated[int, Query(ge=1, le=100, description="Items per page.")]
Search = Annotated[str | None, Query(max_length=200, description="A part of a name or address.")]
Active = Annotated[bool | None, Query(description="Filter by whether the account is active.")]


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class UserOut(_Shape):
    """A user of the directory."""

    key: str
    dn: str
    username: str
    email: str | None
    first_name: str | None
    last_name: str | None
    display_name: str | None
    department: str | None
    title: str | None
    phone: str | None
    employee_number: str | None
    last_used_at: datetime | None
    is_active: bool
    inactive_reason: str | None
    inactive_since: datetime | None
    created_at: datetime
    updated_at: datetime


class GroupOut(_Shape):
    """A group of the directory."""

    key: str
    dn: str
    name: str
    description: str | None
    member_count: int
    is_active: bool
    inactive_reason: str | None
    created_at: datetime
    updated_at: datetime


class ChangeOut(_Shape):
    """What a sync changed."""

    at: datetime
    what: str
    key: str
    name: str
    action: str
    fields: dict[str, Any] | None


class UserList(_Shape):
    users: list[UserOut]
    total: int
    active_count: int


class GroupList(_Shape):
    groups: list[GroupOut]
    total: int


class ChangeList(_Shape):
    changes: list[ChangeOut]
    total: int


@router.get("/users")
async def list_directory_users(
    services: Services, search: Search = None, is_active: Active = None, page: Page = 1, per_page: PerPage = 50
) -> UserList:
    """List the users of the directory, by name."""
    query = select(users)
    if search:
        query = query.where(named(search))
    if is_active is not None:
        query = query.where(users.c.is_active == is_active)
    rows, total = await _page(services, query.order_by(users.c.username, users.c.id), page, per_page)
    counting = select(func.count()).select_from(users).where(users.c.is_active)
    [[active]], _ = await _page(services, counting, 1, 1)
    return UserList(users=[UserOut.model_validate(row) for row in rows], total=total, active_count=active)


@router.get("/groups")
async def list_directory_groups(
    services: Services, search: Search = None, page: Page = 1, per_page: PerPage = 50
) -> GroupList:
    """List the groups of the directory, by name, with how many members each has."""
    count = select(func.count()).select_from(members).where(members.c.group_id == groups.c.id)
    query = select(groups, count.scalar_subquery().label("member_count"))
    if search:
        query = query.where(groups.c.name.icontains(search, autoescape=True))
    rows, total = await _page(services, query.order_by(groups.c.name, groups.c.id), page, per_page)
    return GroupList(groups=[GroupOut.model_validate(row) for row in rows], total=total)


@router.get("/changes")
async def list_directory_changes(
    services: Services,
    key: Annotated[str | None, Query(max_length=100, description="Filter by user or group.")] = None,
    page: Page = 1,
    per_page: PerPage = 50,
) -> ChangeList:
    """List what syncs changed, the newest first; `fields` are before and after."""
    query = select(changes) if key is None else select(changes).where(changes.c.key == key)
    rows, total = await _page(services, query.order_by(changes.c.id.desc()), page, per_page)
    return ChangeList(changes=[ChangeOut.model_validate(row) for row in rows], total=total)


async def _page(services: Services, query: Select[Any], page: int, per_page: int) -> tuple[list[Any], int]:
    def look() -> tuple[list[Any], int]:
        with services.database.reading() as connection:
            rows = connection.execute(query.limit(per_page).offset((page - 1) * per_page)).all()
            total = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
            return list(rows), total

    return await run_in_threadpool(look)
