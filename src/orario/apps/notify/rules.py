"""Channels and rules as values: who is told what, and when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta

from orario.apps.notify.words import SEVERITIES, Kind, Severity

DEFAULT_RULE = "default"


@dataclass(frozen=True)
class Quiet:
    """Hours in which only what is grave passes; they may reach past midnight."""

    start: time
    end: time
    timezone: str = "UTC"
    passes: Severity = Severity.CRITICAL


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way to reach somebody. Its secrets are elsewhere: see `channels.py`."""

    name: str
    kind: str  # "apprise" or "webhook"
    address: str  # masked
    is_default: bool = True  # told by rules that name no channels
    is_enabled: bool = True
    quiet: Quiet | None = None
    calendars: tuple[str, ...] = ()  # on whose dates it is told nothing
    timezone: str = "UTC"  # of these dates
    digest: timedelta | None = None  # one message per window
    passes: Severity = Severity.CRITICAL  # what does not wait for the digest
    per_hour: int = 30
    source: str = "api"  # or "settings"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is told of which jobs, and to whom."""

    name: str
    on: frozenset[Kind]
    job: str | None = None  # slug
    app: str | None = None  # with neither: all jobs, and Orario itself
    channels: tuple[str, ...] | None = None  # None: the default ones; (): nobody
    failures: int = 1  # so many in a row ...
    of: int | None = None  # ... or among so many
    again_every: int | None = None  # told again after so many more
    start_within: timedelta | None = None
    finish_within: timedelta | None = None
    memory_mb: float | None = None
    cpu_percent: float | None = None
    severity: Severity | None = None
    quiet: Quiet | None = None  # in place of the channel's
    is_enabled: bool = True

    def severity_of(self, kind: Kind, own: Severity | None = None) -> Severity:
        return self.severity or own or SEVERITIES[kind]


USUAL = Rule(
    name=DEFAULT_RULE,
    on=frozenset(
        {
            *(Kind.FAILURE, Kind.RECOVERY, Kind.TIMEOUT, Kind.MISSED, Kind.SLOW, Kind.BROKEN),
            *(Kind.INSTANCE_LOST, Kind.CLOCK_STEP, Kind.MESSAGE),
        }
    ),
)


@dataclass(frozen=True)
class Rulebook:
    """All channels and rules of one moment."""

    channels: dict[str, Channel] = field(default_factory=dict)
    rules: Sequence[Rule] = ()
    usual: Rule | None = USUAL

    @property
    def is_silent(self) -> bool:
        """Whether nobody can be told anything."""
        return not any(channel.is_enabled for channel in self.channels.values())

    def nearest(self, kinds: Iterable[Kind], job: str | None = None, app: str | None = None) -> list[Rule]:
        """The rules that decide: those that name the job, else its app, else those for all, else the usual one."""
        wanted = frozenset(kinds)
        speaking = [rule for rule in self.rules if rule.is_enabled and not wanted.isdisjoint(rule.on)]
        nearer = (
            [rule for rule in speaking if rule.job is not None and rule.job == job],
            [rule for rule in speaking if rule.job is None and rule.app is not None and rule.app == app],
            [rule for rule in speaking if rule.job is None and rule.app is None],
            [self.usual] if self.usual and not wanted.isdisjoint(self.usual.on) else [],
        )
        return next((found for found in nearer if found), [])

    def names_anywhere(self, kind: Kind) -> bool:
        """Whether any rule could tell of this."""
        everybody = (*self.rules, *([self.usual] if self.usual else []))
        return any(rule.is_enabled and kind in rule.on for rule in everybody)

    def told_by(self, rule: Rule) -> list[Channel]:
        """The channels that a rule tells."""
        if rule.channels is None:
            return [one for one in self.channels.values() if one.is_default and one.is_enabled]
        named = (self.channels.get(name) for name in rule.channels)
        return [one for one in named if one is not None and one.is_enabled]
