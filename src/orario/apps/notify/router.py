"""The API of notices: channels, rules, the list of notices, and a test."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response
from sqlalchemy import ColumnElement

from orario import NotFound
from orario.apps.notify import notices, tables
from orario.apps.notify.composing import compose
from orario.apps.notify.desk import desk
from orario.apps.notify.listing import all_channels, all_rules
from orario.apps.notify.managing import delete_channel, delete_rule, put_channel, put_rule
from orario.apps.notify.schemas import (
    ChannelDocument,
    ChannelList,
    ChannelOut,
    ChannelsHealthOut,
    NoticeDetail,
    NoticeList,
    NoticeOut,
    RuleDocument,
    RuleList,
    RuleOut,
    TestOut,
)
from orario.apps.notify.testing import send_test
from orario.apps.notify.words import Kind, Status
from orario.web import Caller, Role, Router, Services, require

PREFIX = "/api/v1/notify"
router = Router()

_VIEWER = [require(Role.VIEWER)]
_ADMIN = [require(Role.ADMIN)]
ChannelName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="The channel's name.")]
RuleName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="The rule's name.")]


@router.get("/channels", dependencies=_VIEWER)
def list_channels(services: Services) -> ChannelList:
    """List the channels, with their health; secrets are masked."""
    with services.database.reading() as connection:
        return ChannelList(channels=all_channels(connection))


@router.get("/channels/{name}", dependencies=_VIEWER)
def get_channel(name: ChannelName, services: Services) -> ChannelOut:
    """Read a channel."""
    with services.database.reading() as connection:
        found = next((one for one in all_channels(connection) if one.name == name), None)
    if found is None:
        raise NotFound("There is no such channel")
    return found


@router.put("/channels/{name}", dependencies=_ADMIN)
def write_channel(name: ChannelName, document: ChannelDocument, services: Services, caller: Caller) -> ChannelOut:
    """Make a channel, or change it whole; secrets that are left out stay."""
    put_channel(desk, name, document, caller)
    return get_channel(name, services)


@router.delete("/channels/{name}", dependencies=_ADMIN, status_code=204)
def remove_channel(name: ChannelName, caller: Caller) -> None:
    """Delete a channel that no rule names."""
    delete_channel(desk, name, caller)


@router.post("/channels/{name}/test", dependencies=_ADMIN)
def test_channel(name: ChannelName) -> TestOut:
    """Send a real test notice now, past quiet hours and caps, and answer with how it went."""
    done = send_test(desk, name)
    return TestOut(
        is_sent=done.error is None, error=done.error, notice_id=done.id, took_seconds=round(done.seconds, 3)
    )


@router.get("/rules", dependencies=_VIEWER)
def list_rules(services: Services) -> RuleList:
    """List the rules."""
    with services.database.reading() as connection:
        return RuleList(rules=all_rules(connection))


@router.get("/rules/{name}", dependencies=_VIEWER)
def get_rule(name: RuleName, services: Services) -> RuleOut:
    """Read a rule."""
    with services.database.reading() as connection:
        found = next((one for one in all_rules(connection) if one.name == name), None)
    if found is None:
        raise NotFound("There is no such rule")
    return found


@router.put("/rules/{name}", dependencies=_ADMIN)
def write_rule(name: RuleName, document: RuleDocument, services: Services, caller: Caller) -> RuleOut:
    """Make a rule, or change it whole. Of the rules on one thing, those nearest to the job decide."""
    put_rule(desk, name, document, caller)
    return get_rule(name, services)


@router.delete("/rules/{name}", dependencies=_ADMIN, status_code=204)
def remove_rule(name: RuleName, caller: Caller) -> None:
    """Delete a rule."""
    delete_rule(desk, name, caller)


@router.get("/notices", dependencies=_VIEWER)
def list_notices(
    services: Services,
    status: Annotated[Status | None, Query(description="waiting, held, sent, suppressed or failed.")] = None,
    channel: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[Kind | None, Query(description="What it tells of.")] = None,
    job: Annotated[str | None, Query(max_length=200, description="The job's slug.")] = None,
    execution: Annotated[UUID | None, Query(description="The execution that it tells of.")] = None,
    digest: Annotated[UUID | None, Query(description="The digest that it went out with.")] = None,
    since: Annotated[datetime | None, Query(description="Not before this moment; without a zone it is UTC.")] = None,
    until: Annotated[datetime | None, Query(description="Before this moment.")] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> NoticeList:
    """List the notices, the newest first: what was told, to whom, and why something was not."""
    table = tables.notices.c
    equal: dict[Any, Any] = {
        table.status: status and status.value,
        table.channel: channel,
        table.kind: kind and kind.value,
        table.job: job,
        table.execution_id: execution,
        table.digest_id: digest,
    }
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal.items() if value is not None]
    conditions += [table.at >= _aware(since)] if since else []
    conditions += [table.at < _aware(until)] if until else []
    with services.database.reading() as connection:
        found, total = notices.find(connection, conditions, page, per_page)
    return NoticeList(notices=[NoticeOut.of(one) for one in found], total=total, page=page, per_page=per_page)


@router.get("/notices/{id}", dependencies=_VIEWER)
def get_notice(id: UUID, services: Services) -> NoticeDetail:
    """Read a notice with its text."""
    with services.database.reading() as connection:
        found = notices.get(connection, id)
    if found is None:
        raise NotFound("There is no such notice")
    text = compose(str(found.id), found.kind, found.severity, found.facts, desk.public_url).text
    return NoticeDetail.with_text(found, text)


@router.get(
    "/health", dependencies=_VIEWER, responses={503: {"description": "A channel does not take what it is sent"}}
)
def get_health(services: Services, response: Response) -> ChannelsHealthOut:
    """Say whether every enabled channel takes what it is sent; 503 when one does not."""
    with services.database.reading() as connection:
        found = {one.name: one.health for one in all_channels(connection) if one.is_enabled}
    is_healthy = all(one.is_healthy for one in found.values())
    response.status_code = 200 if is_healthy else 503
    return ChannelsHealthOut(is_healthy=is_healthy, channels=found)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
