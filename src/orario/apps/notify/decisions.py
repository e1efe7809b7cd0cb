"""Decides what is told and when it goes out: values in, values out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from orario import State
from orario.apps.notify.rules import Channel, Quiet, Rule
from orario.apps.notify.words import Severity

_HOUR = timedelta(hours=1)
BAD = frozenset({State.FAILED, State.TIMEOUT})


@dataclass(frozen=True)
class Trouble:
    """What is known of a job that fails: how often in a row, since when, and whether anybody was told."""

    count: int
    since: datetime
    told_at: int | None = None  # the count at which somebody was told last
    channels: tuple[str, ...] = ()


def is_told(rule: Rule, trouble: Trouble, recent: Sequence[State]) -> bool:
    """Whether this failure is told; `recent` are the last endings, newest first, if the rule counts among them."""
    if trouble.told_at is not None:
        return rule.again_every is not None and (trouble.count - trouble.told_at) % rule.again_every == 0
    if rule.of is not None:
        return failures_among(recent, rule.of) >= rule.failures
    return trouble.count >= rule.failures


def is_over(rule: Rule, recent: Sequence[State]) -> bool:
    """Whether a success ends the trouble: at once, or when so few of the last failed that it would not be told."""
    return rule.of is None or failures_among(recent, rule.of) < rule.failures


def failures_among(recent: Sequence[State], count: int) -> int:
    return sum(state in BAD for state in recent[:count])


class Way(StrEnum):
    """What happens to a notice now."""

    SEND = "send"
    HOLD = "hold"
    SUPPRESS = "suppress"


@dataclass(frozen=True)
class Verdict:
    """What happens to a notice, why, and until when it is held."""

    way: Way
    why: str | None = None
    until: datetime | None = None


SEND = Verdict(Way.SEND)


@dataclass(frozen=True)
class Lately:
    """What a channel was sent and what it holds."""

    sent: Sequence[datetime] = ()  # within the last hour, oldest first
    digest_at: datetime | None = None  # when the digest that is being gathered goes out


def verdict(
    channel: Channel,
    quiet: Quiet | None,
    severity: Severity,
    now: datetime,
    calendars: Mapping[str, Collection[date]],
    lately: Lately,
) -> Verdict:
    """Blackout before quiet hours, quiet hours before the digest, the digest before the cap."""
    for name in channel.calendars:
        if now.astimezone(ZoneInfo(channel.timezone)).date() in calendars.get(name, ()):
            return Verdict(Way.SUPPRESS, f"the calendar {name} has today")
    quiet = quiet or channel.quiet
    if quiet is not None and not severity.covers(quiet.passes) and (until := quiet_until(quiet, now)):
        return Verdict(Way.HOLD, "quiet hours", until)
    if channel.digest is not None and not severity.covers(channel.passes):
        return Verdict(Way.HOLD, "digest", lately.digest_at or now + channel.digest)
    return capped(channel, now, lately)


def capped(channel: Channel, now: datetime, lately: Lately) -> Verdict:
    """Whether the channel may be sent one more within the hour."""
    within = [moment for moment in lately.sent if moment > now - _HOUR]
    if len(within) < channel.per_hour:
        return SEND
    return Verdict(Way.HOLD, f"more than {channel.per_hour} per hour", within[-channel.per_hour] + _HOUR)


def quiet_until(quiet: Quiet, now: datetime) -> datetime | None:
    """When the quiet hours that it is now end; None: it is none of them."""
    zone = ZoneInfo(quiet.timezone)
    local = now.astimezone(zone)
    wall = local.time().replace(tzinfo=None)
    if quiet.start <= quiet.end:
        is_quiet, is_tomorrow = quiet.start <= wall < quiet.end, False
    else:  # past midnight
        is_quiet, is_tomorrow = wall >= quiet.start or wall < quiet.end, wall >= quiet.start
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=int(is_tomorrow))
    end = datetime.combine(day, quiet.end, zone).astimezone(now.tzinfo)
    # Where the clock skips that wall time, its moment may be past already; then the quiet is over.
    return end if end > now else None
