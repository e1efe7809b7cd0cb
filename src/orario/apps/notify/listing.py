"""Channels and rules as every face shows them."""

from typing import Any

from sqlalchemy import Connection, select

from orario.apps.notify import tables
from orario.apps.notify.channels import rulebook
from orario.apps.notify.desk import desk
from orario.apps.notify.rules import DEFAULT_RULE, USUAL, Channel, Quiet
from orario.apps.notify.schemas import ChannelOut, HealthOut, RuleOut


def all_channels(connection: Connection) -> list[ChannelOut]:
    """The channels by name, with their health; secrets are masked."""
    health = {row.channel: row for row in connection.execute(select(tables.health))}
    found = rulebook(connection, desk.settings).channels.values()
    return [_channel(one, health.get(one.name)) for one in sorted(found, key=lambda one: one.name)]


def _channel(one: Channel, row: Any) -> ChannelOut:
    return ChannelOut(
        name=one.name,
        kind=one.kind,
        url=one.address,
        source=one.source,
        is_default=one.is_default,
        is_enabled=one.is_enabled,
        quiet=_quiet(one.quiet),
        calendars=list(one.calendars),
        timezone=one.timezone,
        digest_seconds=one.digest.total_seconds() if one.digest else None,
        digest_passes=one.passes,
        per_hour=one.per_hour,
        health=_health(row),
    )


def _health(row: Any) -> HealthOut:
    if row is None:
        return HealthOut(is_healthy=True)
    return HealthOut(
        is_healthy=row.failures_in_row == 0,
        last_sent_at=row.sent_at,
        last_failed_at=row.failed_at,
        failures_in_row=row.failures_in_row,
        error=row.error,
    )


def _quiet(quiet: Quiet | None) -> dict[str, Any] | None:
    if quiet is None:
        return None
    hours = {"start": f"{quiet.start:%H:%M}", "end": f"{quiet.end:%H:%M}"}
    return {**hours, "timezone": quiet.timezone, "passes": quiet.passes.value}


def all_rules(connection: Connection) -> list[RuleOut]:
    """Those that people made, by name, and the one that is built in."""
    query = select(tables.rules.c.name, tables.rules.c.options).order_by(tables.rules.c.name)
    made = [
        RuleOut.model_validate({**options, "name": name, "source": "api"})
        for name, options in connection.execute(query)
    ]
    usual = RuleOut(name=DEFAULT_RULE, source="built in", on=sorted(USUAL.on), is_enabled=desk.settings.default_rule)
    return [*made, usual]
